"""A state of the history comes back: what restoring changes, refuses and asks for."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from routing.changes.history import complete
from routing.models import RocketChatServer, Rule, SeverityAlias, Target, TimeWindow
from tests.factories import make_rule, make_server, make_target
from tests.routing.changes.pages import OTHER_URL, form_of, page

pytestmark = pytest.mark.django_db


def restore(browser: Client, record: Any, **fields: Any) -> Any:
    address = reverse(
        f"admin:routing_{record.instance_type._meta.model_name}_restore", args=[record.id, record.history_id]
    )
    return browser.post(address, {"reason": "", "seen": ""} | fields, follow=True)


def test_a_state_is_restored_with_its_targets(browser: Client, rule: Rule) -> None:
    first = rule.history.get()
    browser.post(page(rule, "change"), form_of(rule, name="Shop", targets=[make_target("dba").pk]))
    restore(browser, first)
    rule.refresh_from_db()
    assert (rule.name, [target.name for target in rule.targets.all()]) == ("Web", ["ops"])


def test_restoring_is_a_change_that_names_where_it_is_from(browser: Client, rule: Rule) -> None:
    first = rule.history.get()
    browser.post(page(rule, "change"), form_of(rule, name="Shop"))
    restore(browser, first, reason="it was better")
    assert rule.history.first().history_change_reason.startswith("restored from 2")
    assert rule.history.first().history_change_reason.endswith(": it was better")


def test_looking_at_what_restoring_would_change_changes_nothing(browser: Client, rule: Rule) -> None:
    first = rule.history.get()
    browser.post(page(rule, "change"), form_of(rule, name="Shop"))
    shown = browser.get(page(rule, "restore", first.history_id))
    assert [str(one) for one in shown.context["differences"]] == ["name: Shop → Web"]
    assert rule.history.count() == 2


def test_restoring_over_what_somebody_saved_meanwhile_is_refused(browser: Client, rule: Rule) -> None:
    answer = restore(browser, rule.history.get(), seen="what it was an hour ago")
    assert "Somebody else saved this" in answer.content.decode()


def test_a_state_that_would_not_be_valid_now_is_not_restored(browser: Client, rule: Rule) -> None:
    first = rule.history.get()
    browser.post(page(rule, "change"), form_of(rule, name="Shop"))
    make_rule("Web")
    assert "already exists" in restore(browser, first).content.decode()


def test_a_deleted_rule_is_listed_and_made_anew_with_its_id(browser: Client, rule: Rule) -> None:
    number = rule.pk
    browser.post(page(rule, "delete"), {"post": "yes", "reason": "x"})
    assert "Web" in browser.get(reverse("admin:routing_rule_deleted")).content.decode()
    restore(browser, Rule.history.filter(id=number).first())
    assert (Rule.objects.get(name="Web").pk, Rule.objects.get(name="Web").targets.count()) == (number, 1)


def test_a_rule_whose_targets_are_gone_is_not_restored_to_tell_nobody(browser: Client, rule: Rule) -> None:
    first = rule.history.get()
    browser.post(page(rule, "change"), form_of(rule, targets=[make_target("dba").pk]))
    Target.objects.get(name="ops").delete()
    answer = restore(browser, first).content.decode()
    assert ("It would tell nobody" in answer, "ops was deleted" in answer) == (True, True)


def test_a_restored_target_keeps_its_present_address(browser: Client) -> None:
    target = make_target()
    first = target.history.get()
    target.name = "dba"
    target.set_webhook_url(OTHER_URL)
    target.save()
    restore(browser, first)
    target.refresh_from_db()
    assert (target.name, target.webhook_url()) == ("ops", OTHER_URL)


def test_a_deleted_target_asks_for_its_address_again(browser: Client) -> None:
    target = make_target()
    number = target.pk
    target.delete()
    record = Target.history.filter(id=number).first()
    assert "This field is required" in restore(browser, record).content.decode()
    restore(browser, record, secret=OTHER_URL)
    assert Target.objects.get(pk=number).webhook_url() == OTHER_URL


def test_a_deleted_server_asks_for_its_token_again(browser: Client) -> None:
    server = make_server()
    number = server.pk
    server.delete()
    restore(browser, RocketChatServer.history.filter(id=number).first(), secret="an0therAccessT0ken")
    assert RocketChatServer.objects.get(pk=number).token() == "an0therAccessT0ken"


def test_a_restored_window_has_its_intervals_again(browser: Client) -> None:
    window = TimeWindow.objects.create(name="Nights")
    window.intervals.create(times="22:00-24:00")
    complete(window)
    number = window.pk
    window.delete()
    restore(browser, TimeWindow.history.filter(id=number).first())
    assert TimeWindow.objects.get(pk=number).intervals.get().times == "22:00-24:00"


def test_a_word_whose_meaning_became_a_word_is_not_restored(browser: Client) -> None:
    word = SeverityAlias.objects.create(word="nag", severity="blaring")
    number = word.pk
    word.delete()
    SeverityAlias.objects.create(word="blaring", severity="critical")
    answer = restore(browser, SeverityAlias.history.filter(id=number).first())
    assert "write critical" in answer.content.decode()
