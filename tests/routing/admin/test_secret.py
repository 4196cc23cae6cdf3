"""A secret that was typed beside a mistake is never lost in silence: its field asks for it again, and empty is no answer."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from routing.models import RocketChatServer, Target
from tests.factories import HOOK_URL, make_server, make_target
from tests.routing.admin import test_server as servers
from tests.routing.admin import test_target as targets

# Forms alone: both databases would say the same.
pytestmark = pytest.mark.django_db

NEW_URL = "https://new.example/hooks/65f0c0ffee/an0therT0kenNobodySees"
AGAIN = "webhook_address-again"


def shown_again(answer: Any) -> dict[str, str]:
    """The hidden fields of a form that was not saved, as the browser sends them once more."""
    shown = answer.content.decode()
    return dict(re.findall(r'<input type="hidden" name="([a-z_]+-again)" value="(1)">', shown))


def errors_of(answer: Any) -> dict[str, list[str]]:
    return answer.context["adminform"].errors if answer.context else {}


def without_a_name(browser: Client, target: Target) -> Any:
    return browser.post(targets.page(target), targets.filled(webhook_address=NEW_URL, name=""))


def test_the_field_says_that_it_must_be_entered_again(browser: Client) -> None:
    errors = errors_of(without_a_name(browser, make_target()))
    assert errors["webhook_address"][0].startswith("Enter the webhook address again: it was not kept")


def test_what_was_typed_is_not_sent_back(browser: Client) -> None:
    assert "an0therT0kenNobodySees" not in without_a_name(browser, make_target()).content.decode()


def test_the_field_no_longer_says_that_empty_keeps(browser: Client) -> None:
    assert "leave empty to keep" not in without_a_name(browser, make_target()).content.decode()


def test_an_empty_address_is_refused_then(browser: Client) -> None:
    target = make_target()
    hidden = shown_again(without_a_name(browser, target))
    answer = browser.post(targets.page(target), targets.filled(name="renamed", **hidden))
    target.refresh_from_db()
    assert (list(errors_of(answer)), target.name) == (["webhook_address"], "ops")


def test_it_is_refused_however_often_it_comes_empty(browser: Client) -> None:
    target = make_target()
    hidden = shown_again(without_a_name(browser, target))
    for _ in range(2):
        answer = browser.post(targets.page(target), targets.filled(**hidden))
        hidden = shown_again(answer)
    assert (hidden, list(errors_of(answer))) == ({AGAIN: "1"}, ["webhook_address"])


def test_an_address_that_is_entered_again_is_taken(browser: Client) -> None:
    target = make_target()
    hidden = shown_again(without_a_name(browser, target))
    browser.post(targets.page(target), targets.filled(webhook_address=NEW_URL, **hidden))
    target.refresh_from_db()
    assert target.webhook_url() == NEW_URL


def test_an_address_that_was_wrong_itself_is_asked_for_again(browser: Client) -> None:
    target = make_target()
    wrong = browser.post(targets.page(target), targets.filled(webhook_address="ftp://chat.example/hooks/1/2"))
    answer = browser.post(targets.page(target), targets.filled(**shown_again(wrong)))
    target.refresh_from_db()
    assert (list(errors_of(answer)), target.webhook_url()) == (["webhook_address"], HOOK_URL)


def test_a_new_target_that_may_wait_for_its_address_is_not_made_without_the_one_typed(browser: Client) -> None:
    wrong = browser.post(targets.ADD, targets.filled(name="", enabled=None, webhook_address=NEW_URL))
    browser.post(targets.ADD, targets.filled(enabled=None, **shown_again(wrong)))
    assert not Target.objects.exists()


def test_a_target_that_takes_a_server_instead_needs_no_address_any_more(browser: Client) -> None:
    target, chat = make_target(), make_server()
    two_roads = browser.post(targets.page(target), targets.on_server(chat, webhook_address=NEW_URL))
    browser.post(targets.page(target), targets.on_server(chat, **shown_again(two_roads)))
    target.refresh_from_db()
    assert (shown_again(two_roads), target.is_rest) == ({AGAIN: "1"}, True)


def test_the_address_is_asked_for_when_the_server_is_taken_back(browser: Client) -> None:
    target, chat = make_target(), make_server()
    two_roads = browser.post(targets.page(target), targets.on_server(chat, webhook_address=NEW_URL))
    answer = browser.post(targets.page(target), targets.filled(**shown_again(two_roads)))
    assert list(errors_of(answer)) == ["webhook_address"]


def test_a_mistake_beside_an_empty_field_asks_for_no_secret(browser: Client) -> None:
    answer = browser.post(targets.page(make_target()), targets.filled(name=""))
    assert (list(errors_of(answer)), shown_again(answer)) == (["name"], {})


def test_a_servers_token_is_asked_for_again(browser: Client) -> None:
    chat = make_server()
    wrong = browser.post(servers.page(chat), servers.filled(access_token="an0therAccessT0ken", name=""))
    answer = browser.post(servers.page(chat), servers.filled(name="renamed", **shown_again(wrong)))
    chat.refresh_from_db()
    assert errors_of(answer)["access_token"][0].startswith("Enter the access token again")
    assert (chat.name, chat.token()) == ("chat", servers.TOKEN)


def test_a_servers_token_that_is_entered_again_is_taken(browser: Client) -> None:
    chat = make_server()
    wrong = browser.post(servers.page(chat), servers.filled(access_token="an0therAccessT0ken", name=""))
    browser.post(servers.page(chat), servers.filled(access_token="an0therAccessT0ken", **shown_again(wrong)))
    assert RocketChatServer.objects.get().token() == "an0therAccessT0ken"


def test_restoring_asks_again_for_a_secret_that_was_typed_in_vain(browser: Client) -> None:
    record = Target.history.get(name=make_target("ops").name)
    Target.objects.all().delete()
    make_target("ops")
    restore = reverse("admin:routing_target_restore", args=[record.id, record.history_id])
    answer = browser.post(restore, {"secret": NEW_URL})
    assert answer.context["form"].errors["secret"][0].startswith("Enter the webhook address again")
