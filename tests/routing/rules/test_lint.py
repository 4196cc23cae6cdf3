"""Lint says only what can be proved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.rules import decision, lint, matchers
from routing.rules.decision import Route
from routing.rules.silencing import Quiet
from tests.routing.rules.routes import route

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("earlier", "later", "dead"),
    [
        (route(1), route(2, "team=db"), True),
        (route(1, "team=db"), route(2, "team=db\nenv=prod"), True),
        (route(1, "team=db"), route(2, "team=web"), False),
        (route(1, "team=~db|web"), route(2, "team=web"), True),
        (route(1, "team!=db"), route(2, "team=web"), True),
        (route(1, "team!=db"), route(2, "team!~db|web"), False),
        (route(1, "team=~db.*"), route(2, "team=~db.*\nenv=prod"), True),
        (route(1, "", "critical"), route(2, "", "critical"), True),
        (route(1, "", "critical"), route(2, "", "critical", "warning"), False),
        (route(1, "", "critical"), route(2), False),
        (route(1, "", "critical", "warning"), route(2, "team=db", "warning"), True),
        (route(1, continues=True), route(2, "team=db"), False),
        (route(1, is_fallback=True), route(2, "team=db"), False),
        (route(1, "team=db"), route(2, is_fallback=True), False),
    ],
)
def test_a_rule_is_unreachable(earlier: Route, later: Route, dead: bool) -> None:
    assert (later.rule_id in lint.unreachable([earlier, later])) is dead


def test_a_fallback_that_stands_before_others_hides_nothing_of_them() -> None:
    routes = [route(1, is_fallback=True), route(2, "team=db"), route(3, "env=dev"), route(4, "team=db\nenv=prod")]
    assert lint.unreachable(routes) == {
        4: 'Never reached: rule "rule 2" before it takes every alert that fits this one.'
    }


VALUES = st.sampled_from("xyz")
MATCHERS = st.lists(
    st.builds(lambda n, o, v: f"{n}{o}{v}", st.sampled_from("ab"), st.sampled_from(["=", "!=", "=~", "!~"]), VALUES),
    max_size=2,
)


@given(
    st.lists(st.tuples(MATCHERS, st.booleans()), min_size=1, max_size=4), st.dictionaries(st.sampled_from("ab"), VALUES)
)
def test_no_alert_ever_reaches_what_is_called_unreachable(
    drawn: list[tuple[list[str], bool]], labels: dict[str, str]
) -> None:
    routes = [route(number, "\n".join(text), continues=goes_on) for number, (text, goes_on) in enumerate(drawn)]
    chosen = {choice.rule_id for choice in decision.decide(labels, "", routes, NOON).choices}
    assert not chosen & set(lint.unreachable(routes))


def quiet(number: int, text: str, start: int = 0, end: int = 2) -> Quiet:
    begin, over = NOON + timedelta(hours=start), NOON + timedelta(hours=end)
    return Quiet(number, matchers.parse(text), begin, over, "ann", "x")


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        (quiet(1, "a=x"), quiet(2, "a=x\nb=y"), {2}),
        (quiet(1, "a=x"), quiet(2, "a=y"), set()),
        (quiet(1, "a=x", 0, 1), quiet(2, "a=x\nb=y", 0, 2), set()),
        (quiet(1, "a=x", 1, 3), quiet(2, "a=x", 0, 2), set()),
        (quiet(1, "a=x"), quiet(2, "a=x"), {2}),
    ],
)
def test_a_silence_is_covered_by_another(one: Quiet, other: Quiet, found: set[int]) -> None:
    assert set(lint.redundant([one, other])) - {1} == found or set(lint.redundant([other, one])) == found


def test_of_those_that_are_alike_the_oldest_one_stays() -> None:
    assert set(lint.redundant([quiet(number, "a=x") for number in (1, 2, 3)])) == {2, 3}


def test_of_two_that_cover_it_the_older_one_is_named() -> None:
    found = lint.redundant([quiet(1, "a=x"), quiet(2, "b=y"), quiet(3, "a=x\nb=y")])
    assert found == {3: "S-1 of ann covers all of this for all of its time."}


def test_of_many_silences_the_one_that_covers_another_is_named() -> None:
    found = lint.redundant([quiet(1, "c=z"), quiet(2, "a=x\nb=y"), quiet(3, "b=z"), quiet(4, "a=x")])
    assert found == {2: "S-4 of ann covers all of this for all of its time."}


def test_a_rule_whose_targets_are_all_disabled_is_named() -> None:
    rules, targets = lint.targets_of_rules([route(1, target_ids=(7, 8))], {7: False, 8: False}, {7: "a", 8: "b"})
    assert (list(rules), sorted(targets), "nobody is told" in rules[1]) == ([1], [7, 8], True)


def test_a_rule_with_one_disabled_target_names_it() -> None:
    rules, _ = lint.targets_of_rules([route(1, target_ids=(7, 8))], {7: False, 8: True}, {7: "a", 8: "b"})
    assert rules[1] == "Disabled targets hold what they are owed: a."


def test_a_rule_whose_targets_are_enabled_has_no_fault() -> None:
    assert lint.targets_of_rules([route(1, target_ids=(7, 8))], {7: True, 8: True}, {7: "a", 8: "b"}) == ({}, {})


def test_a_target_that_was_deleted_meanwhile_is_not_called_disabled() -> None:
    assert lint.targets_of_rules([route(1, target_ids=(7, 8))], {8: True}, {7: "a", 8: "b"}) == ({}, {})


def test_a_disabled_target_names_the_rules_that_use_it() -> None:
    routes = [route(number, target_ids=(7,)) for number in (1, 2)]
    _, targets = lint.targets_of_rules(routes, {7: False}, {7: "a"})
    assert targets[7] == 'Disabled, but still used by rule "rule 1", "rule 2": what it is owed is held.'


def test_a_rule_without_a_target_is_named() -> None:
    routes = [route(1, target_ids=()), route(2), route(3, target_ids=(), records_only=True)]
    assert lint.told_to_nobody(routes) == {1: "It names no target: the alerts it takes are told to nobody."}
