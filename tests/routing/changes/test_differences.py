"""What a person reads of a change: each field once, lists by their lines, and of a secret only that it changed."""

from __future__ import annotations

import pytest

from routing.changes.differences import Difference, Secret, Shown, State, between

pytestmark = pytest.mark.anywhere

NONE, ONE, OTHER = Secret(""), Secret("3f2a"), Secret("9c1b")


def lines(old: State, new: State) -> list[str]:
    return [str(each) for each in between(old, new)]


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("prod", "staging", "field: prod → staging"),
        ("", "prod", "field: empty → prod"),
        ("prod", "", "field: prod → empty"),
        (("a", "b"), ("b", "c"), "field: −a, +c"),
        ((), ("a", "b"), "field: +a, +b"),
        (("a", "b"), (), "field: −a, −b"),
        ("", ("a",), "field: +a"),
        (("a",), "", "field: −a"),
        ("a", ("a", "b"), "field: +b"),
        (("a", "a", "b"), ("a", "b"), "field: −a"),
        (("a", "b"), ("b", "a"), "field: a, b → b, a"),
    ],
)
def test_a_change_is_one_line(old: Shown, new: Shown, line: str) -> None:
    assert lines({"field": old}, {"field": new}) == [line]


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (ONE, OTHER, "token changed"),
        (NONE, ONE, "token set"),
        (ONE, NONE, "token forgotten"),
        ("", ONE, "token set"),
        (ONE, "", "token forgotten"),
    ],
)
def test_of_a_secret_only_its_fate_is_told(old: Shown | Secret, new: Shown | Secret, line: str) -> None:
    assert lines({"token": old}, {"token": new}) == [line]


def test_a_difference_of_a_secret_holds_no_mark() -> None:
    assert between({"token": ONE}, {"token": OTHER}) == (Difference("token", after="changed", is_secret=True),)


def test_what_stayed_is_not_told() -> None:
    same: State = {"name": "prod", "labels": ("a", "b"), "token": ONE}
    assert lines(same, dict(same)) == []


def test_an_empty_list_and_no_value_are_the_same() -> None:
    assert lines({"labels": ()}, {"labels": ""}) == []


def test_a_field_that_only_one_state_has_was_empty_in_the_other() -> None:
    assert lines({"gone": "a"}, {"fresh": "b"}) == ["fresh: empty → b", "gone: a → empty"]


def test_a_field_that_one_state_lacks_and_the_other_leaves_empty_did_not_change() -> None:
    assert lines({"gone": ""}, {"fresh": ""}) == []


def test_changes_stand_in_the_order_of_the_new_state() -> None:
    assert lines({"a": "1", "b": "1", "c": "1"}, {"c": "2", "a": "2"}) == ["c: 1 → 2", "a: 1 → 2", "b: 1 → empty"]
