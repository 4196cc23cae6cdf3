"""Rules through the REST API: what is taken, what is refused and where, and the fallback that always stays."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from rest_framework.test import APIClient

from routing.models import Rule, SeverityAlias, Target
from tests import factories
from tests.callers import superuser

pytestmark = pytest.mark.django_db


@pytest.fixture
def api() -> APIClient:
    return superuser()


@pytest.fixture
def target() -> Target:
    return factories.make_target()


@pytest.fixture
def fallback(target: Target) -> Rule:
    factories.tell_fallback(target)
    return Rule.objects.fallback()


def post(api: APIClient, target: Target, **fields: Any) -> Any:
    return api.post("/api/v1/rules/", {"name": "db", "targets": [target.pk]} | fields)


def test_a_rule_is_made_as_it_is_read(api: APIClient, target: Target) -> None:
    asked = {
        "severities": ["critical"],
        "matchers": 'team="db"',
        "continue": True,
        "send_resolved": False,
        "enabled": True,
    }
    body = post(api, target, **asked).json()
    assert {name: body[name] for name in asked} == asked


def test_a_rule_names_its_targets_by_id_and_by_name(api: APIClient, target: Target) -> None:
    body = post(api, target).json()
    assert (body["targets"], body["target_names"]) == ([target.pk], ["ops"])


def test_matchers_may_be_a_list(api: APIClient, target: Target) -> None:
    assert post(api, target, matchers=['team="db"', 'env!="dev"']).json()["matchers"] == 'team="db"\nenv!="dev"'


def test_no_matchers_may_be_an_empty_list(api: APIClient, target: Target) -> None:
    assert post(api, target, matchers=[]).json()["matchers"] == ""


def test_severities_are_kept_folded(api: APIClient, target: Target) -> None:
    assert post(api, target, severities=["Warning ", "CRITICAL"]).json()["severities"] == ["critical", "warning"]


def test_a_new_rule_comes_after_all_others_but_the_fallback(api: APIClient, target: Target) -> None:
    Rule.objects.filter(is_fallback=True).update(position=500)
    factories.make_rule("first", [target], position=30)
    assert post(api, target).json()["position"] == 40


def test_a_broken_matcher_is_refused_with_its_place(api: APIClient, target: Target) -> None:
    sentences = post(api, target, matchers='team="db').json()["fields"]["matchers"]
    with pytest.raises(ValidationError, match="Line 1, column 6") as admin:
        Rule(name="x", matchers='team="db').full_clean()
    assert sentences == admin.value.message_dict["matchers"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("targets", []),
        ("targets", [999]),
        ("targets", ["ops"]),
        ("targets", {}),
        ("name", ""),
        ("name", "n" * 101),
        ("position", -1),
        ("position", 2**31),
        ("severities", "critical"),
        ("matchers", {"team": "db"}),
        ("continue", "perhaps"),
    ],
)
def test_a_wrong_value_is_refused_by_its_name(api: APIClient, target: Target, field: str, value: Any) -> None:
    answer = post(api, target, **{field: value})
    assert (answer.status_code, list(answer.json()["fields"])) == (400, [field]) or [*answer.json()["fields"]] == [
        f"{field}.0"
    ]


def test_two_rules_cannot_have_one_name(api: APIClient, target: Target) -> None:
    post(api, target)
    assert list(post(api, target).json()["fields"]) == ["name"]


def test_a_disabled_rule_needs_no_target(api: APIClient, target: Target) -> None:
    assert post(api, target, targets=[], enabled=False).status_code == 201


def test_enabling_a_rule_without_targets_is_refused(api: APIClient) -> None:
    rule = factories.make_rule(enabled=False)
    assert list(api.patch(f"/api/v1/rules/{rule.pk}/", {"enabled": True}).json()["fields"]) == ["targets"]


def test_a_change_of_one_field_leaves_the_others(api: APIClient, target: Target) -> None:
    rule = factories.make_rule("db", [target], severities=["critical"])
    api.patch(f"/api/v1/rules/{rule.pk}/", {"name": "database"})
    rule.refresh_from_db()
    assert (rule.name, rule.severities, list(rule.targets.all())) == ("database", ["critical"], [target])


def test_a_refused_change_changes_nothing(api: APIClient, target: Target) -> None:
    rule = factories.make_rule("db", [target])
    api.patch(f"/api/v1/rules/{rule.pk}/", {"name": "new", "matchers": "team=~("})
    rule.refresh_from_db()
    assert rule.name == "db"


def test_a_rule_can_be_deleted(api: APIClient, target: Target) -> None:
    rule = factories.make_rule("db", [target])
    assert api.delete(f"/api/v1/rules/{rule.pk}/").status_code == 204
    assert not Rule.objects.filter(pk=rule.pk).exists()


def test_nobody_makes_a_second_fallback(api: APIClient, target: Target) -> None:
    assert post(api, target, is_fallback=True).json()["is_fallback"] is False


def test_the_fallback_cannot_be_deleted(api: APIClient, fallback: Rule) -> None:
    answer = api.delete(f"/api/v1/rules/{fallback.pk}/")
    assert (answer.status_code, "fallback rule cannot be deleted" in answer.json()["detail"]) == (409, True)


@pytest.mark.parametrize(("field", "value"), [("enabled", False), ("severities", ["info"]), ("matchers", "a=b")])
def test_the_fallback_can_be_neither_disabled_nor_narrowed(
    api: APIClient, fallback: Rule, field: str, value: Any
) -> None:
    answer = api.patch(f"/api/v1/rules/{fallback.pk}/", {field: value})
    assert (answer.status_code, list(answer.json()["fields"])) == (400, [field])


def test_the_fallback_can_tell_other_targets(api: APIClient, fallback: Rule) -> None:
    other = factories.make_target("other")
    assert api.patch(f"/api/v1/rules/{fallback.pk}/", {"targets": [other.pk]}).json()["target_names"] == ["other"]


def test_a_severity_word_is_kept_folded(api: APIClient) -> None:
    assert api.post("/api/v1/severity-words/", {"word": "OOPS", "severity": "Critical"}).json()["word"] == "oops"


def test_a_severity_word_that_is_there_in_other_letters_is_refused(api: APIClient) -> None:
    SeverityAlias.objects.create(word="oops", severity="info")
    answer = api.post("/api/v1/severity-words/", {"word": "OOPS", "severity": "critical"})
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["word"])
