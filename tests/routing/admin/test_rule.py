"""Editing rules: what a form refuses, how the order is kept, and the fallback that nobody can take away."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from routing.models import Rule, SeverityAlias, Target
from tests.factories import make_rule, make_target, make_window, tell_fallback

# The walk in test_handmade.py opens every page and address on each database.
pytestmark = [pytest.mark.django_db, pytest.mark.anywhere]

LIST = "/admin/routing/rule/"
ADD = "/admin/routing/rule/add/"


@pytest.fixture
def target() -> Target:
    return make_target()


def page(rule: Rule) -> str:
    return reverse("admin:routing_rule_change", args=[rule.pk])


def filled(target: Target, **fields: Any) -> dict[str, Any]:
    form = {"name": "Web", "position": 10, "enabled": "on", "targets": [target.pk], "sends_resolved": "on"}
    return {name: value for name, value in (form | fields).items() if value is not None}


def test_a_rule_is_added_with_boxes_and_further_words(browser: Client, target: Target) -> None:
    browser.post(ADD, filled(target, severities=["critical"], severities_further="Audit, SLA", matchers='team="db"'))
    assert Rule.objects.get(name="Web").severities == ["audit", "critical", "sla"]


def test_own_severities_are_shown_again_in_the_line_for_further_words(browser: Client, target: Target) -> None:
    rule = make_rule("Web", [target], severities=["audit", "critical"])
    assert b'name="severities_further" value="audit"' in browser.get(page(rule)).content


def test_a_severity_that_no_alert_can_have_is_refused(browser: Client, target: Target) -> None:
    SeverityAlias.objects.update_or_create(word="crit", defaults={"severity": "critical"})
    answer = browser.post(ADD, filled(target, severities_further="crit"))
    assert "Choose critical." in answer.context["adminform"].errors["severities"][0]


def test_a_broken_matcher_is_refused_with_its_place(browser: Client, target: Target) -> None:
    answer = browser.post(ADD, filled(target, matchers='team="db"\nservice=~"api|(web"'))
    assert answer.context["adminform"].errors["matchers"][0].startswith("Line 2, column 10: ")


def test_an_enabled_rule_needs_a_target(browser: Client, target: Target) -> None:
    answer = browser.post(ADD, filled(target, targets=None))
    assert "at least one target" in answer.context["adminform"].errors["targets"][0]


def test_a_rule_may_record_and_tell_nobody(browser: Client) -> None:
    browser.post(ADD, {"name": "Watchdog", "position": 5, "enabled": "on", "records_only": "on"})
    assert Rule.objects.get(name="Watchdog").records_only


def test_a_rule_that_only_records_has_no_targets(browser: Client, target: Target) -> None:
    answer = browser.post(ADD, filled(target, records_only="on"))
    assert "tells nobody" in answer.context["adminform"].errors["targets"][0]


def test_the_list_says_that_a_rule_tells_nobody_on_purpose(browser: Client) -> None:
    make_rule("Watchdog", records_only=True)
    assert b"nobody, on purpose" in browser.get(LIST).content


def test_a_disabled_rule_may_do_without_a_target(browser: Client, target: Target) -> None:
    browser.post(ADD, filled(target, targets=None, enabled=None))
    assert Rule.objects.filter(name="Web").exists()


def test_a_new_rule_is_offered_the_place_after_the_last(browser: Client, target: Target) -> None:
    make_rule("Web", [target], position=40)
    assert browser.get(ADD).context["adminform"].form.initial["position"] == 50


def test_the_page_of_the_fallback_offers_no_conditions(browser: Client) -> None:
    fields = set(browser.get(page(Rule.objects.fallback())).context["adminform"].form.fields)
    assert fields == {"name", "targets", "sends_resolved", "template", "seen", "reason"}


def test_a_posted_condition_does_not_reach_the_fallback(browser: Client, target: Target) -> None:
    fallback = Rule.objects.fallback()
    browser.post(
        page(fallback),
        {"name": "Rest", "targets": [target.pk], "severities": ["info"], "matchers": 'a="b"', "reason": "tidying"},
    )
    fallback.refresh_from_db()
    assert (fallback.name, fallback.enabled, fallback.severities, fallback.matchers) == ("Rest", True, [], "")


def test_the_fallback_cannot_be_deleted_on_its_page(browser: Client) -> None:
    answer = browser.post(
        reverse("admin:routing_rule_delete", args=[Rule.objects.fallback().pk]), {"post": "yes", "reason": "x"}
    )
    assert (answer.status_code, Rule.objects.filter(is_fallback=True).count()) == (403, 1)


def test_the_fallback_cannot_be_deleted_among_others(browser: Client, target: Target) -> None:
    chosen = [make_rule("Web", [target]).pk, Rule.objects.fallback().pk]
    browser.post(LIST, {"action": "delete_selected", "_selected_action": chosen, "post": "yes", "reason": "x"})
    assert set(Rule.objects.values_list("pk", flat=True)) == set(chosen)


def test_the_fallback_keeps_its_last_target(browser: Client, target: Target) -> None:
    tell_fallback(target)
    browser.post(page(Rule.objects.fallback()), {"name": "Fallback", "reason": "x"})
    assert list(Rule.objects.fallback().targets.all()) == [target]


@pytest.mark.parametrize(("years", "is_said"), [("1990:1991", False), ("1990:2100", True)])
def test_the_list_says_that_a_rule_is_silent_now(browser: Client, target: Target, years: str, is_said: bool) -> None:
    make_rule("Web", [target]).muted_windows.add(make_window(years=years))
    assert ("silent now" in browser.get(LIST).content.decode()) is is_said


def test_a_search_says_how_many_rules_there_are_in_all(browser: Client, target: Target) -> None:
    make_rule("Web", [target])
    Rule.objects.fallback()
    shown = browser.get(LIST, {"q": "Web"}).content.decode()
    assert ">1 of 2 · <a" in shown
    assert 'class="ah-found"' not in browser.get(LIST).content.decode()


def test_the_list_numbers_the_rules_as_alerts_meet_them(browser: Client, target: Target) -> None:
    for name, position in (("second", 20), ("first", 10)):
        make_rule(name, [target], position=position)
    assert [row.place for row in browser.get(LIST, {"q": "second"}).context["cl"].result_list] == [2]


def test_a_rule_with_markup_in_its_name_is_escaped(browser: Client, target: Target) -> None:
    make_rule("<script>alert(1)</script>", [target])
    assert b"<script>alert(1)" not in browser.get(LIST).content
