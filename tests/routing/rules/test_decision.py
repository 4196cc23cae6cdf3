"""Decisions: order, continue, the fallback, nobody told twice, and the reasons people read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.rules import decision, explanation
from routing.rules.decision import Choice, Decision, Route
from routing.rules.explanation import GOES_ON, MUTED, NOT_NEEDED, NOT_REACHED, PASSED, TOOK, Line
from routing.rules.matchers import Matcher
from routing.rules.windows import Window, read
from tests.routing.rules.routes import DB, FALLBACK, WEDNESDAY_NOON, route


def decide(labels: Mapping[str, str], severity: str, routes: Sequence[Route]) -> Decision:
    return decision.decide(labels, severity, routes, WEDNESDAY_NOON)


def explain(labels: Mapping[str, str], severity: str, routes: Sequence[Route]) -> tuple[Line, ...]:
    return explanation.walk(labels, severity, routes, WEDNESDAY_NOON)


def told(labels: dict[str, str], severity: str, *routes: Route) -> list[int]:
    return [choice.rule_id for choice in decide(labels, severity, routes).choices]


@pytest.mark.parametrize(
    ("text", "severities", "severity", "fits"),
    [
        ("", (), "critical", True),
        ("", (), "", True),
        ("", ("critical", "warning"), "warning", True),
        ("", ("critical",), "warning", False),
        ("", ("critical",), "", False),
        ('team="db"', (), "info", True),
        ('team="db", env="prod"', (), "info", True),
        ('team="db", env="dev"', (), "info", False),
        ('team="db"', ("critical",), "critical", True),
        ('team="db"', ("critical",), "info", False),
        ('team="web"', ("critical",), "critical", False),
    ],
)
def test_a_rule_fits(text: str, severities: tuple[str, ...], severity: str, fits: bool) -> None:
    tried = route(1, text, *severities)
    assert told(DB, severity, tried, FALLBACK) == [1 if fits else 99]
    assert decision.fits(tried, DB, severity) is fits


def test_the_first_rule_that_fits_stops() -> None:
    assert told(DB, "", route(1, "team=web"), route(2), route(3), FALLBACK) == [2]


def test_a_rule_that_continues_lets_later_rules_speak() -> None:
    assert told(DB, "", route(1, continues=True), route(2, "team=web"), route(3), route(4)) == [1, 3]


def test_the_fallback_is_not_asked_after_a_rule_that_continues() -> None:
    assert told(DB, "", route(1, continues=True), FALLBACK) == [1]


def test_the_fallback_waits_for_the_others_wherever_it_stands() -> None:
    assert told(DB, "", FALLBACK, route(1)) == [1]


def test_the_conditions_of_a_fallback_do_not_count() -> None:
    assert told(DB, "info", route(99, "team=web", "critical", is_fallback=True)) == [99]


def test_without_any_rule_nobody_is_told() -> None:
    assert told(DB, "critical") == []


def test_a_target_is_told_once() -> None:
    first, second = route(1, to=(7, 8), continues=True), route(2, to=(8, 9, 9))
    choices = decide(DB, "", [first, second]).choices
    assert [choice.target_ids for choice in choices] == [(7, 8), (9,)]
    assert choices[1].why.endswith('; 1 target is already told by rule "rule 1"')


def test_a_rule_whose_targets_are_all_told_is_still_in_the_trail() -> None:
    choices = decide(DB, "", [route(1, to=(7,), continues=True), route(2, to=(7,)), FALLBACK]).choices
    assert [(choice.rule_id, choice.target_ids) for choice in choices] == [(1, (7,)), (2, ())]


def test_a_rule_without_targets_records_and_tells_nobody() -> None:
    silent = replace(route(1), target_ids=())
    why = "it takes every alert; it names no target, so nobody is told"
    assert decide(DB, "", [silent, FALLBACK]).choices == (Choice(1, "rule 1", (), True, why),)


def test_a_rule_that_only_records_says_that_this_is_meant() -> None:
    recording = replace(route(1), target_ids=(), records_only=True)
    [choice] = decide(DB, "", [recording, FALLBACK]).choices
    assert (choice.why, choice.records_only) == ("it takes every alert; it only records, so nobody is told", True)


def test_a_choice_carries_whether_resolved_is_sent() -> None:
    choices = decide(DB, "", [route(1, continues=True, sends_resolved=False), route(2)]).choices
    assert [choice.sends_resolved for choice in choices] == [False, True]


@pytest.mark.parametrize(
    ("tried", "severity", "why"),
    [
        (route(1), "", "it takes every alert"),
        (route(1, "", "critical"), "critical", "severity is critical"),
        (route(1, "", ""), "", "severity is missing"),
        (route(1, 'team="db"', "info"), "info", 'severity is info; team="db"'),
        (route(1, 'team=~"db|web"'), "", 'team=~"db|web" fits team="db"'),
        (route(1, 'zone!="eu"'), "", 'zone!="eu" fits no zone'),
        (FALLBACK, "info", "no other rule fits"),
    ],
)
def test_a_choice_says_why(tried: Route, severity: str, why: str) -> None:
    assert decide(DB, severity, [tried]).choices[0].why == why


@pytest.mark.parametrize(
    ("tried", "severity", "why"),
    [
        (route(1, 'team="web"'), "", 'team="web" but the alert has team="db"'),
        (route(1, 'env!="prod"'), "", 'env!="prod" but the alert has env="prod"'),
        (route(1, 'zone="eu"'), "", 'zone="eu" but the alert has no zone'),
        (
            route(1, "", "warning", "critical"),
            "info",
            "severity is info but the rule takes critical or warning",
        ),
        (route(1, "", "critical"), "", "the alert has no severity but the rule takes critical"),
        (
            route(1, 'team="web", env="prod", zone="eu"', "critical"),
            "info",
            'severity is info but the rule takes critical; team="web" but the alert has team="db"; '
            'zone="eu" but the alert has no zone',
        ),
    ],
)
def test_a_rule_that_does_not_fit_says_everything_in_its_way(tried: Route, severity: str, why: str) -> None:
    step = explain(DB, severity, [tried])[0]
    assert (step.verdict, step.why) == (PASSED, why)


def test_every_rule_gets_its_step() -> None:
    routes = [route(1, "team=web"), route(2, continues=True), route(3), route(4, "team=db"), FALLBACK]
    assert [(step.rule_id, step.verdict, step.why) for step in explain(DB, "", routes)] == [
        (1, PASSED, 'team="web" but the alert has team="db"'),
        (2, GOES_ON, "it takes every alert"),
        (3, TOOK, "it takes every alert"),
        (4, NOT_REACHED, 'not reached: rule "rule 3" fits and does not continue'),
        (99, NOT_NEEDED, "not needed: another rule fits"),
    ]


def test_the_fallback_hides_no_rule_that_stands_behind_it() -> None:
    steps = explain(DB, "", [FALLBACK, route(1, "zone=eu")])
    assert [step.why for step in steps] == ["no other rule fits", 'zone="eu" but the alert has no zone']


def test_long_values_are_cut_in_a_reason() -> None:
    why = explain({"team": "x" * 70_000}, "", [route(1, ",".join(["team=db"] * 50))])[0].why
    assert len(why) == 500
    assert why.endswith("…")


@pytest.mark.parametrize(("length", "shown"), [(80, "x" * 80), (81, "x" * 79 + "…")])
def test_a_value_is_shown_whole_if_it_has_room(length: int, shown: str) -> None:
    [line] = explain({"team": "x" * length}, "", [route(1, "team=db")])
    assert line.why == f'team="db" but the alert has team="{shown}"'


LABELS = st.dictionaries(st.sampled_from("abc"), st.sampled_from(["", "x", "y", "\ud800"]))
SEVERITIES = st.sampled_from(["critical", "warning", "info", "", "odd"])
CONDITIONS = st.builds(
    Matcher,
    st.sampled_from("abc"),
    st.sampled_from(["=", "!=", "=~", "!~"]),
    st.sampled_from(["", "x", "y", "x|y"]),
)
RULES = st.builds(
    Route,
    rule_id=st.just(0),
    name=st.sampled_from(["one", "two"]),
    severities=st.frozensets(SEVERITIES, max_size=2),
    matchers=st.lists(CONDITIONS, max_size=2).map(tuple),
    target_ids=st.lists(st.integers(1, 4), max_size=3).map(tuple),
    continues=st.booleans(),
    sends_resolved=st.booleans(),
    is_fallback=st.just(False),
)
BOOKS = st.lists(RULES, max_size=8).map(
    lambda rules: [*(replace(rule, rule_id=number) for number, rule in enumerate(rules)), FALLBACK]
)


@given(LABELS, SEVERITIES, BOOKS)
def test_every_alert_is_decided_in_order_and_each_target_told_once(
    labels: dict[str, str], severity: str, routes: list[Route]
) -> None:
    choices = decide(labels, severity, routes).choices
    numbers = [choice.rule_id for choice in choices]
    targets = [target for choice in choices for target in choice.target_ids]
    assert numbers
    assert numbers == sorted(set(numbers))
    assert len(targets) == len(set(targets))
    assert set(targets) == {target for rule in routes if rule.rule_id in numbers for target in rule.target_ids}


@given(LABELS, SEVERITIES, BOOKS)
def test_every_rule_that_fits_speaks_until_one_does_not_continue(
    labels: dict[str, str], severity: str, routes: list[Route]
) -> None:
    expected: list[int] = []
    for rule in routes[:-1]:
        takes = not rule.severities or severity in rule.severities
        if takes and all(matcher.matches(labels) for matcher in rule.matchers):
            expected.append(rule.rule_id)
            if not rule.continues:
                break
    assert told(labels, severity, *routes) == (expected or [99])


@given(LABELS, SEVERITIES, BOOKS)
def test_the_explanation_agrees_with_the_decision(labels: dict[str, str], severity: str, routes: list[Route]) -> None:
    steps = explain(labels, severity, routes)
    chosen = [(step.rule_id, step.why) for step in steps if step.verdict in (TOOK, GOES_ON)]
    assert chosen == [(choice.rule_id, choice.why) for choice in decide(labels, severity, routes).choices]
    assert [step.rule_id for step in steps] == [rule.rule_id for rule in routes]
    assert all(step.why for step in steps)


NOON = Window("noon", (read("11:00-13:00"),))
NIGHT = Window("night", (read("22:00-24:00"),))


@pytest.mark.parametrize(
    ("active", "muted", "why"),
    [
        ((), (), ""),
        ((NOON,), (), ""),
        ((NIGHT, NOON), (), ""),
        ((NIGHT,), (), 'outside its active window "night"'),
        ((), (NOON,), 'muted by window "noon"'),
        ((), (NIGHT,), ""),
        ((NOON,), (NOON,), 'muted by window "noon"'),
    ],
)
def test_a_rule_speaks_in_its_windows(active: tuple[Window, ...], muted: tuple[Window, ...], why: str) -> None:
    assert decision.is_silent(route(1, active=active, muted=muted), WEDNESDAY_NOON) is bool(why)
    [choice] = decide(DB, "", [replace(route(1), active=active, muted=muted)]).choices
    assert choice.muted == why


@pytest.mark.parametrize(("windows", "hour"), [({"active": (NIGHT,)}, 22), ({"muted": (NOON,)}, 13)])
def test_a_muted_rule_knows_when_it_may_speak_again(windows: dict[str, Any], hour: int) -> None:
    [choice] = decide(DB, "", [route(1, **windows)]).choices
    assert choice.silent_until == WEDNESDAY_NOON.replace(hour=hour)


def test_of_two_windows_that_keep_a_rule_silent_the_first_change_is_when_to_ask_again() -> None:
    """What it would say then is decided then: the other window may still be open."""
    day = Window("day", (read("08:00-18:00"),))
    [choice] = decide(DB, "", [route(1, active=(NIGHT,), muted=(day, NOON))]).choices
    assert choice.silent_until == WEDNESDAY_NOON.replace(hour=13)


def test_an_alert_stops_at_a_muted_rule_that_fits() -> None:
    assert told(DB, "", replace(route(1), muted=(NOON,)), route(2), FALLBACK) == [1]


def test_what_a_muted_rule_would_tell_a_later_rule_may_tell() -> None:
    first = replace(route(1, to=(7,), continues=True), muted=(NOON,))
    choices = decide(DB, "", [first, route(2, to=(7,))]).choices
    assert [choice.target_ids for choice in choices] == [(7,), (7,)]


def test_an_explanation_says_that_a_rule_is_muted() -> None:
    steps = explain(DB, "", [replace(route(1), muted=(NOON,))])
    assert [(step.verdict, step.why) for step in steps] == [(MUTED, 'muted by window "noon"')]
