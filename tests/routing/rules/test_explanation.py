"""An alert's walk through the rules, as the person reads it who asks why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from routing.rules import explanation
from routing.rules.decision import Route
from routing.rules.explanation import Condition, Line
from routing.rules.windows import Window, read
from tests.routing.rules.routes import DB, FALLBACK, WEDNESDAY_NOON, route

pytestmark = pytest.mark.anywhere

NOON = Window("noon", (read("11:00-13:00"),))


def walk(*routes: Route, labels: Mapping[str, str] = DB, severity: str = "") -> Sequence[Line]:
    return explanation.walk(labels, severity, routes, WEDNESDAY_NOON)


@pytest.mark.parametrize(
    ("routes", "verdicts"),
    [
        ((route(1), FALLBACK), ["took", "not needed"]),
        ((route(1), route(2), route(3, "team=web")), ["took", "not reached", "not reached"]),
        ((route(1, "team=web"), route(2)), ["passed", "took"]),
        ((route(1, continues=True), route(2)), ["goes on", "took"]),
        ((route(1, continues=True), route(2, "team=web")), ["goes on", "passed"]),
        ((route(1, "team=web"), FALLBACK), ["passed", "took"]),
        ((route(1, "team=web"), replace(FALLBACK, continues=True)), ["passed", "took"]),
        ((FALLBACK, route(1, "team=web")), ["took", "passed"]),
        ((FALLBACK, route(1)), ["not needed", "took"]),
        ((route(1, muted=(NOON,)), route(2)), ["muted", "not reached"]),
        ((route(1, muted=(NOON,), continues=True), route(2)), ["muted", "took"]),
        ((replace(FALLBACK, muted=(NOON,)),), ["muted"]),
    ],
)
def test_every_rule_has_its_verdict(routes: tuple[Route, ...], verdicts: list[str]) -> None:
    assert [line.verdict for line in walk(*routes)] == verdicts


def test_a_line_names_its_rule() -> None:
    assert [(line.rule_id, line.rule_name) for line in walk(route(1), FALLBACK)] == [(1, "rule 1"), (99, "rule 99")]


def test_a_rule_tells_the_targets_that_none_before_it_told() -> None:
    told = [line.target_ids for line in walk(route(1, to=(7, 8), continues=True), route(2, to=(8, 9)))]
    assert told == [(7, 8), (9,)]


def test_a_rule_that_was_passed_or_is_muted_tells_nobody() -> None:
    assert [line.target_ids for line in walk(route(1, "team=web"), route(2, muted=(NOON,)))] == [(), ()]


def test_a_muted_rule_says_what_mutes_it_instead_of_why_it_fits() -> None:
    [line] = walk(route(1, "team=db", muted=(NOON,)))
    assert line.why == 'muted by window "noon"'


def test_a_rule_says_why_it_fits_and_another_why_not() -> None:
    assert [line.why for line in walk(route(1, "team=web"), route(2, "team=db"))] == [
        'team="web" but the alert has team="db"',
        'team="db"',
    ]


def test_every_condition_says_what_the_alert_has() -> None:
    [line] = walk(route(1, "team=db\nenv=dev\nzone=eu", "warning", "critical"), severity="critical")
    assert line.conditions == (
        Condition("severity is critical or warning", True, "critical"),
        Condition('team="db"', True, '"db"'),
        Condition('env="dev"', False, '"prod"'),
        Condition('zone="eu"', False, "no zone"),
    )


def test_an_alert_without_a_severity_is_said_to_have_none() -> None:
    [line] = walk(route(1, "", "critical"))
    assert line.conditions == (Condition("severity is critical", False, "no severity"),)


@pytest.mark.parametrize(("length", "seen"), [(120, f'"{"x" * 120}"'), (121, f'"{"x" * 120}…"')])
def test_a_long_value_is_cut(length: int, seen: str) -> None:
    [line] = walk(route(1, "team=db"), labels={"team": "x" * length})
    assert line.conditions[0].seen == seen


def test_a_rule_that_asks_for_nothing_has_no_conditions() -> None:
    assert walk(route(1))[0].conditions == ()


def test_the_conditions_of_a_fallback_do_not_count() -> None:
    assert walk(route(99, "team=web", is_fallback=True))[0].conditions == ()
