"""For programs that change rules: what a change would do to what was told lately, and what is suspect as it is."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from deliveries.api import foresight
from deliveries.foresight import impact
from routing.models import Rule, Target
from tests import factories
from tests.callers import caller, superuser

pytestmark = pytest.mark.django_db

IMPACT = "/api/v1/impact/"


@pytest.fixture
def api() -> APIClient:
    return superuser()


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def targets() -> list[Target]:
    return [factories.make_target(name) for name in ("ops", "web")]


@pytest.fixture
def rule(targets: list[Target], now: datetime) -> Rule:
    """It told of two databases within the last hours; the fallback told of a web server."""
    factories.tell_fallback(targets[1])
    rule = factories.make_rule("db", [targets[0]], matchers="team=db")
    source = factories.make_source()
    alerts = [factories.alert("DbDown", team="db", instance=f"db-{n}") for n in (1, 2)]
    factories.owed(source, now - timedelta(hours=2), *alerts, factories.alert("WebDown", team="web"))
    factories.owed(source, now - timedelta(hours=30), factories.alert("Old", team="db"), group="old")
    return rule


def moved(api: APIClient, **asked: Any) -> list[tuple[list[str], list[str], int]]:
    answer = api.post(IMPACT, asked)
    assert answer.status_code == 200, answer.text
    return [(one["before_names"], one["after_names"], one["count"]) for one in answer.json()["moved"]]


def refused(api: APIClient, **asked: Any) -> str:
    answer = api.post(IMPACT, asked)
    assert answer.status_code == 400, answer.text
    return str(answer.json()["detail"])


def test_an_edited_rule_keeps_what_is_left_out(api: APIClient, rule: Rule) -> None:
    change = {"id": rule.pk, "matchers": ['team="db"', 'instance="db-1"']}
    assert moved(api, rule=change) == [(["ops"], ["web"], 1)]


def test_a_new_rule_stands_after_all_others(api: APIClient, rule: Rule, targets: list[Target]) -> None:
    del rule
    assert moved(api, rule={"name": "all", "targets": [targets[0].pk]}) == [(["web"], ["ops"], 1)]


def test_a_rule_that_is_switched_off(api: APIClient, rule: Rule) -> None:
    assert moved(api, rule={"id": rule.pk, "enabled": False}) == [(["ops"], ["web"], 2)]


def test_a_rule_that_is_deleted_over_more_hours(api: APIClient, rule: Rule) -> None:
    assert moved(api, delete=[rule.pk], hours=48) == [(["ops"], ["web"], 3)]


def test_rules_in_another_order(api: APIClient, rule: Rule, targets: list[Target]) -> None:
    every = factories.make_rule("every", [targets[1]], position=20)
    assert moved(api, positions={str(every.pk): 1, str(rule.pk): 2}) == [(["ops"], ["web"], 2)]


def test_the_answer_has_examples_with_their_notifications(api: APIClient, rule: Rule) -> None:
    body = api.post(IMPACT, {"delete": [rule.pk]}).json()
    counted = {name: body[name] for name in ("notifications", "done", "alerts", "capped", "go_on")}
    assert counted == {"notifications": 1, "done": 1, "alerts": 3, "capped": False, "go_on": None}
    example = body["moved"][0]["examples"][0]
    assert api.get(f"/api/v1/notifications/{example['notification']}/").json()["alert_count"] == 3
    assert (example["name"], "instance=db-1" in example["labels"]) == ("DbDown", True)


def test_nothing_is_saved(api: APIClient, rule: Rule, targets: list[Target]) -> None:
    moved(api, rule={"id": rule.pk, "matchers": "team=web", "targets": [targets[1].pk], "enabled": False})
    rule.refresh_from_db()
    assert (rule.matchers, list(rule.targets.all()), rule.enabled) == ("team=db", targets[:1], True)


def test_a_long_look_goes_on_where_it_was(api: APIClient, rule: Rule, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foresight, "_SLICE_SECONDS", -1.0)
    monkeypatch.setattr(impact.reading, "_AT_ONCE", 1)
    first = api.post(IMPACT, {"delete": [rule.pk], "hours": 48}).json()
    assert (first["done"], first["notifications"]) == (1, 2)
    then = api.post(IMPACT, {"delete": [rule.pk], "hours": 48, "go_on": first["go_on"]}).json()
    assert ([one["count"] for one in then["moved"]], then["go_on"]) == ([3], None)


def test_a_change_that_cannot_be_is_refused_with_its_reason(api: APIClient, rule: Rule) -> None:
    fallback = Rule.objects.get(is_fallback=True).pk
    assert "Give one of the three" in refused(api)
    assert "Give one of the three" in refused(api, delete=[rule.pk], positions={str(rule.pk): 1})
    assert "always stays" in refused(api, delete=[fallback])
    assert "There is no rule with the id 4711" in refused(api, delete=[4711])
    assert "There is no rule with the id 4711" in refused(api, positions={"4711": 1})
    assert "by their ids" in refused(api, positions={"first": 1})
    assert "There is no rule with the id 4711" in refused(api, rule={"id": 4711})
    assert "an object" in refused(api, rule=[rule.pk])
    assert "matchers" in refused(api, rule={"id": rule.pk, "matchers": "team=~["})
    assert "at least one target" in refused(api, rule={"id": rule.pk, "targets": []})
    assert "Begin again" in refused(api, delete=[rule.pk], go_on="made up")
    assert "hours" in refused(api, delete=[rule.pk], hours=0)


@pytest.mark.parametrize(
    "asked",
    [
        {"rule": {"id": 10**30}},
        {"rule": {"id": True, "position": 2**40}},
        {"rule": {"name": "a\0b"}},
        {"rule": None},
        {"positions": {str(2**63): 1}},
        {"positions": {"9" * 5000: 1}},
        {"positions": {"1": 2**40}},
        {"positions": []},
        {"delete": [10**30]},
        {"delete": [1], "hours": 10**30},
        {"delete": [1], "go_on": "x" * 10_000},
        [],
    ],
)
def test_odd_values_are_refused(api: APIClient, rule: Rule, asked: Any) -> None:
    del rule
    assert api.post(IMPACT, asked).status_code == 400


@pytest.mark.parametrize("permission", ["routing.view_rule", "deliveries.view_notification"])
def test_seeing_an_impact_needs_both_permissions(permission: str, rule: Rule) -> None:
    assert caller(permission).post(IMPACT, {"delete": [rule.pk]}).status_code == 403


@pytest.fixture
def set_up(settings: Any) -> None:
    settings.PUBLIC_URL = "https://alerthub.example.com"


def test_a_setting_to_look_at_has_no_row(settings: Any) -> None:
    settings.PUBLIC_URL = "http://localhost:8093"
    found = caller("routing.view_rule").get("/api/v1/findings/").json()[0]
    assert (found["kind"], found["id"], found["name"]) == ("setting", None, "ALERTHUB_PUBLIC_URL")


@pytest.mark.usefixtures("set_up")
def test_findings_are_named_with_their_rows(api: APIClient, rule: Rule, targets: list[Target]) -> None:
    shadowed = factories.make_rule("more db", [targets[0]], position=50, matchers='team=db\ninstance="db-1"')
    found = api.get("/api/v1/findings/").json()
    assert [(one["kind"], one["id"], one["name"]) for one in found] == [("rule", shadowed.pk, "more db")]
    assert rule.name in found[0]["words"]


@pytest.mark.usefixtures("set_up")
def test_findings_are_of_what_one_may_see(rule: Rule) -> None:
    spare = factories.make_target("spare")
    both = caller("routing.view_rule", "routing.view_target", name="bob").get("/api/v1/findings/").json()
    assert [(one["kind"], one["id"]) for one in both] == [("target", spare.pk)]
    assert caller("routing.view_rule").get("/api/v1/findings/").json() == []
    assert caller(name="eve").get("/api/v1/findings/").status_code == 403
    del rule
