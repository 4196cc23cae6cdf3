"""The words for what a change would do: how many alerts were checked, what goes elsewhere, what nobody would be told."""

from __future__ import annotations

import pytest

from deliveries.foresight import impact
from deliveries.foresight.impact import Group, Said

NAMES = {1: "ops", 2: "db", 3: "web"}


def moves(before: tuple[int, ...], after: tuple[int, ...], *alerts: str, count: int = 0) -> Group:
    examples = [(name, f"team={place}", place) for place, name in enumerate(alerts, start=1)]
    return Group(before, after, count or len(alerts), examples)


def said(*groups: Group, alerts: int = 553, hours: int = 24) -> Said:
    return impact.said(groups, alerts, hours, NAMES)


def test_nothing_goes_elsewhere() -> None:
    assert said().sentence == "553 alerts of the last 24 h checked: nothing goes elsewhere."


def test_one_alert_is_no_alerts() -> None:
    assert said(alerts=1).sentence.startswith("1 alert of")


def test_where_nothing_came_nothing_is_compared() -> None:
    assert said(alerts=0).sentence == "No alert came in the last 24 h, so there is nothing to compare."


@pytest.mark.parametrize(
    ("hours", "words"), [(24, "24 h"), (30, "30 h"), (48, "2 days"), (168, "7 days"), (49, "49 h")]
)
def test_how_far_back_it_looked(hours: int, words: str) -> None:
    assert f"of the last {words} checked" in said(hours=hours).sentence


def test_what_goes_elsewhere_is_named() -> None:
    sentence = "1 of 553 alerts of the last 24 h would have gone elsewhere: DiskFull to ops instead of db."
    assert said(moves((2,), (1,), "DiskFull")).sentence == sentence


def test_of_many_the_sentence_names_two() -> None:
    told = said(moves((2,), (1,), "A", "B", "C"))
    assert told.sentence.endswith(": A to ops instead of db, B to ops instead of db, …")


def test_the_sentence_names_an_alert_once() -> None:
    assert said(moves((2,), (1,), "A", "A", "A")).sentence.endswith("elsewhere: A to ops instead of db.")


def test_each_way_is_shown_before_a_second_of_one() -> None:
    told = said(moves((2,), (1,), "A", "B"), moves((2,), (3,), "C"))
    assert [one.name for one in told.examples] == ["A", "C", "B"]


def test_at_most_ten_are_shown() -> None:
    told = said(*(moves((2,), (1,), *"abcde") for _ in range(3)))
    assert (len(told.examples), told.moved) == (10, 15)


def test_several_targets_are_joined() -> None:
    assert said(moves((1, 2), (3,), "A")).examples[0].goes == "to web instead of ops and db"


def test_a_target_that_is_gone_has_its_number() -> None:
    assert said(moves((9,), (3,), "A")).examples[0].goes == "to web instead of target 9"


def test_who_was_told_nothing_before_is_nobody() -> None:
    assert said(moves((), (3,), "A")).examples[0].goes == "to web instead of nobody"


@pytest.mark.parametrize(
    ("groups", "words"),
    [
        ((moves((2,), (1,), "A"),), ""),
        ((moves((2,), (), "A"),), "It would have been told to nobody."),
        ((moves((2,), (), "A", count=1200),), "All 1,200 would have been told to nobody."),
        ((moves((2,), (), "A", count=2), moves((2,), (1,), "B")), "2 of them would have been told to nobody."),
    ],
)
def test_what_nobody_would_hear_of_has_a_sentence(groups: tuple[Group, ...], words: str) -> None:
    assert said(*groups).lost == words


def test_an_alert_without_a_name_says_so() -> None:
    assert said(moves((2,), (1,), "")).examples[0].name == "(no alert name)"


def test_a_name_without_end_is_cut() -> None:
    assert said(moves((2,), (1,), "x" * 5000)).examples[0].name == "x" * 59 + "…"
