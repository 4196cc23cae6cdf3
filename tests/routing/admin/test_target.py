"""Editing targets: the webhook address goes in and never comes out."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from routing.models import RocketChatServer, Target
from routing.models.rule import only_target_of
from tests.factories import HOOK_URL, make_rest_target, make_rule, make_server, make_target, tell_fallback

# The walk in test_handmade.py opens every page and address on each database.
pytestmark = [pytest.mark.django_db, pytest.mark.anywhere]

LIST = "/admin/routing/target/"
ADD = "/admin/routing/target/add/"
SECRET = "s3cr3tT0kenThatNobodyMaySee"


def page(target: Target, what: str = "change") -> str:
    return reverse(f"admin:routing_target_{what}", args=[target.pk])


def filled(**fields: Any) -> dict[str, Any]:
    """A box that is None is not ticked."""
    form = {
        "name": "ops", "enabled": "on", "webhook_address": "", "connect_timeout": 3, "timeout": 10, "verify_tls": "on",
        "rate_limit_calls": 10, "rate_limit_seconds": 60, "text_limit": 5000, "updates": "new_message",
        "digest_after": 30, "fallback_after": 900, "reason": "moved",
    } | fields  # fmt: skip
    return {name: value for name, value in form.items() if value is not None}


def test_a_target_is_added_with_its_address_sealed(browser: Client) -> None:
    browser.post(ADD, filled(webhook_address=HOOK_URL))
    target = Target.objects.get(name="ops")
    assert (target.webhook_url(), SECRET in target.webhook_sealed) == (HOOK_URL, False)


def test_a_new_target_needs_an_address_and_says_so_once(browser: Client) -> None:
    errors = browser.post(ADD, filled()).context["adminform"].errors
    sentence = "An enabled target needs its webhook address, or a Rocket.Chat server and a room."
    assert errors == {"webhook_address": [sentence]}


def test_a_target_may_wait_for_its_address_while_it_is_disabled(browser: Client) -> None:
    browser.post(ADD, filled(enabled=None))
    assert not Target.objects.get(name="ops").enabled
    assert b"no address yet" in browser.get(reverse("admin:routing_target_changelist")).content


def test_it_cannot_be_enabled_before_it_has_one(browser: Client) -> None:
    browser.post(ADD, filled(enabled=None))
    target = Target.objects.get(name="ops")
    answer = browser.post(page(target), filled(reason="go"))
    assert "needs its webhook address" in answer.context["adminform"].errors["webhook_address"][0]


def on_server(chat: RocketChatServer, **fields: Any) -> dict[str, Any]:
    return filled(server=chat.pk, channel="#ops") | fields


def test_a_target_is_added_as_a_room_on_a_server(browser: Client) -> None:
    browser.post(ADD, on_server(make_server()))
    assert Target.objects.get(name="ops").masked_url == "https://chat.example #ops"


def test_a_target_that_moves_to_a_server_forgets_its_webhook(browser: Client) -> None:
    target = make_target()
    browser.post(page(target), on_server(make_server()))
    target.refresh_from_db()
    assert (target.is_rest, target.webhook_sealed) == (True, "")


def test_a_target_moves_back_to_a_webhook(browser: Client) -> None:
    target = make_rest_target(make_server(), name="ops")
    browser.post(page(target), filled(webhook_address=HOOK_URL))
    target.refresh_from_db()
    assert (target.is_rest, target.webhook_url()) == (False, HOOK_URL)


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"channel": ""}, ["channel"]),
        ({"webhook_address": HOOK_URL}, ["server"]),
        ({"server": "", "webhook_address": HOOK_URL, "updates": "edit"}, ["updates", "webhook_address"]),
        ({"server": ""}, ["webhook_address"]),
    ],
)
def test_a_target_on_no_road_or_on_two_says_where(browser: Client, fields: dict[str, Any], wrong: list[str]) -> None:
    errors = browser.post(ADD, on_server(make_server(), **fields)).context["adminform"].errors
    assert list(errors) == wrong


def test_a_target_is_not_offered_as_its_own_fallback(browser: Client) -> None:
    target, other = make_target("a"), make_target("b")
    form = browser.get(page(target)).context["adminform"].form
    assert list(form.fields["fallback_target"].queryset) == [other]


def test_deleting_says_who_loses_a_fallback(browser: Client) -> None:
    target = make_target("a")
    make_target("b", fallback_target=target)
    assert "No fallback any more: b." in browser.get(page(target, "delete")).content.decode()


def test_an_empty_address_keeps_the_one_that_is_there(browser: Client) -> None:
    target = make_target()
    browser.post(page(target), filled(name="renamed"))
    target.refresh_from_db()
    assert (target.name, target.webhook_url()) == ("renamed", HOOK_URL)


def test_a_new_address_replaces_the_old_one(browser: Client) -> None:
    target = make_target()
    browser.post(page(target), filled(webhook_address="https://other.example/hooks/1/abcdefgh"))
    target.refresh_from_db()
    assert target.masked_url == "https://other.example/…efgh"


@pytest.mark.parametrize(
    "url", [f"ftp://chat.example/hooks/1/{SECRET}", f"https://ann:{SECRET}@chat.example/hooks/1/2"]
)
def test_a_refused_address_is_not_repeated(browser: Client, url: str) -> None:
    answer = browser.post(ADD, filled(webhook_address=url))
    assert (answer.status_code, SECRET in answer.content.decode()) == (200, False)


def test_an_address_is_not_repeated_when_another_field_is_wrong(browser: Client) -> None:
    answer = browser.post(ADD, filled(webhook_address=HOOK_URL, name=""))
    assert (answer.status_code, SECRET in answer.content.decode()) == (200, False)


@pytest.mark.parametrize("what", ["change", "delete", "history", "send_test"])
def test_no_page_of_a_target_shows_the_address(browser: Client, what: str) -> None:
    target = make_target()
    assert SECRET not in browser.get(page(target, what)).content.decode()


def test_the_list_shows_the_mask(browser: Client) -> None:
    make_target()
    text = browser.get(LIST).content.decode()
    assert ("https://chat.example/…a1b2" in text, SECRET in text) == (True, False)


def test_the_log_of_changes_does_not_name_the_address(browser: Client) -> None:
    browser.post(ADD, filled(webhook_address=HOOK_URL))
    assert all(SECRET not in str(entry.change_message) + entry.object_repr for entry in LogEntry.objects.all())


def test_the_only_target_of_a_rule_is_not_deleted(browser: Client) -> None:
    target = make_target()
    make_rule("Web", [target])
    answer = browser.post(page(target, "delete"), {"post": "yes", "reason": "moved"})
    assert ("would tell nobody" in answer.content.decode(), Target.objects.count()) == (True, 1)


def test_two_targets_that_are_all_a_rule_has_are_not_deleted_together(browser: Client) -> None:
    targets = [make_target("a"), make_target("b")]
    make_rule("Web", targets)
    chosen = [target.pk for target in targets]
    browser.post(LIST, {"action": "delete_selected", "_selected_action": chosen, "post": "yes", "reason": "moved"})
    assert Target.objects.count() == 2


def test_a_target_that_a_rule_can_spare_is_deleted(browser: Client) -> None:
    target, other = make_target("a"), make_target("b")
    make_rule("Web", [target, other])
    browser.post(page(target, "delete"), {"post": "yes", "reason": "moved"})
    assert list(Target.objects.all()) == [other]


def test_rules_left_without_a_target_are_named_in_their_order() -> None:
    target, other = make_target("a"), make_target("b")
    later, sooner = make_rule("later", [target], position=20), make_rule("sooner", [target], position=10)
    make_rule("spared", [target, other], position=5)
    tell_fallback(target)
    assert [rule.name for rule in only_target_of(target)] == [sooner.name, later.name, "Fallback"]
