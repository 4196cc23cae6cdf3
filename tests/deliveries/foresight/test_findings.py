"""What rules, targets and silences are suspect of, where they are edited and on the first page."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client

from deliveries.foresight import findings
from routing.models import Rule, Target
from tests import factories

pytestmark = pytest.mark.django_db

LONG = timedelta(days=31)


@pytest.fixture
def rule(target: Target, now: datetime) -> Rule:
    rule = factories.make_rule("db", [target], matchers="team=db")
    Rule.objects.filter(pk=rule.pk).update(created_at=now - LONG)
    return rule


def test_a_rule_that_told_nobody_for_long_is_named(rule: Rule, now: datetime) -> None:
    assert findings.of_rules(now)[rule.pk] == ["It told nobody anything in the last 30 days."]


def test_one_that_told_somebody_is_not(rule: Rule, now: datetime) -> None:
    factories.owed(factories.make_source(), now - timedelta(days=29), factories.alert(team="db"))
    assert rule.pk not in findings.of_rules(now)


def test_one_that_told_somebody_long_ago_is(rule: Rule, now: datetime) -> None:
    factories.owed(factories.make_source(), now - LONG, factories.alert(team="db"))
    assert rule.pk in findings.of_rules(now)


def test_a_young_rule_is_given_time(rule: Rule, now: datetime) -> None:
    Rule.objects.update(created_at=now - timedelta(days=2))
    assert rule.pk not in findings.of_rules(now)


def test_a_rule_with_windows_is_not_judged(rule: Rule, now: datetime) -> None:
    rule.active_windows.add(factories.make_window())
    assert rule.pk not in findings.of_rules(now)


def test_a_target_that_no_rule_uses_is_named(target: Target) -> None:
    assert findings.of_targets()[target.pk] == ["No rule uses it."]


def test_one_that_stands_in_for_another_is_used(rule: Rule, target: Target) -> None:
    spare = factories.make_target("spare")
    Target.objects.filter(pk=target.pk).update(fallback_target=spare)
    assert spare.pk not in findings.of_targets()


def test_one_that_hears_of_troubles_is_used() -> None:
    assert factories.make_target("own", hears_troubles=True).pk not in findings.of_targets()


def test_a_disabled_target_in_use_is_named(rule: Rule, target: Target) -> None:
    Target.objects.update(enabled=False)
    assert findings.of_targets()[target.pk][0].startswith('Disabled, but still used by rule "db"')


def test_the_list_marks_it(browser: Client, rule: Rule) -> None:
    assert "It told nobody anything in" in browser.get("/admin/routing/rule/").content.decode()


def test_the_page_says_it(browser: Client, target: Target) -> None:
    shown = browser.get(f"/admin/routing/target/{target.pk}/change/").content.decode()
    assert ("To look at" in shown, "No rule uses it." in shown) == (True, True)


def test_a_page_with_nothing_to_say_says_nothing(browser: Client, rule: Rule, target: Target) -> None:
    assert "To look at" not in browser.get(f"/admin/routing/target/{target.pk}/change/").content.decode()


def test_a_silence_that_another_covers_is_named(browser: Client, now: datetime) -> None:
    factories.make_silence("team=db", now, hours=5)
    inner = factories.make_silence("team=db\nenv=prod", now)
    assert "covers all of this" in browser.get(f"/admin/routing/silence/{inner.pk}/change/").content.decode()


def test_the_first_page_lists_what_there_is(browser: Client, target: Target) -> None:
    assert ("Target ops", "No rule uses it.") in [each[1:] for each in browser.get("/admin/").context["looks"]]
