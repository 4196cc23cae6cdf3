"""What the work of one rendering is counted by, and where it ends."""

from __future__ import annotations

from typing import Any

import pytest

from deliveries.templating import limits
from deliveries.templating.limits import LONGEST, MOST, STEPS, TooMuch

pytestmark = pytest.mark.anywhere

TOO_LONG = "A text grows beyond 20,000 characters."


def doubled(times: int, value: Any = 1) -> Any:
    """A list that holds the one before it twice, and so on: it is short and says more than any memory holds."""
    for _ in range(times):
        value = [value, value]
    return value


def refusal(value: Any) -> str:
    with pytest.raises(TooMuch) as caught, limits.counting():
        limits.text(value)
    return str(caught.value)


def test_steps_are_counted_until_all_are_used() -> None:
    with limits.counting():
        assert len(list(limits.each(range(STEPS)))) == STEPS
        with pytest.raises(TooMuch, match="It loops or calls more than 5,000 times"):
            limits.step()


def test_each_rendering_has_all_steps() -> None:
    for _ in range(2):
        with limits.counting():
            assert len(list(limits.each(range(STEPS)))) == STEPS


def test_what_renders_nothing_is_not_counted() -> None:
    with limits.counting():
        limits.step()
    assert len(list(limits.each(range(STEPS + 1)))) == STEPS + 1


@pytest.mark.parametrize(
    "value", ["x" * LONGEST, [0] * MOST, (0,) * MOST, 10**30, {}], ids=lambda one: type(one).__name__
)
def test_a_value_within_its_bounds_passes(value: Any) -> None:
    assert limits.bounded(value) is value


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("x" * (LONGEST + 1), TOO_LONG),
        ([0] * (MOST + 1), "A list grows beyond 5,000 values."),
        ((0,) * (MOST + 1), "A list grows beyond 5,000 values."),
    ],
    ids=["text", "list", "tuple"],
)
def test_a_value_beyond_its_bounds_is_too_much(value: Any, words: str) -> None:
    with pytest.raises(TooMuch) as caught:
        limits.bounded(value)
    assert str(caught.value) == words


@pytest.mark.parametrize(
    ("value", "text"),
    [("as it is", "as it is"), (7, "7"), (None, "None"), ([1, ("a", {"k": [2]})], "[1, ('a', {'k': [2]})]")],
)
def test_a_value_is_said_as_python_says_it(value: Any, text: str) -> None:
    with limits.counting():
        assert limits.text(value) == text


def test_a_list_that_says_far_more_than_it_looks_is_too_much_before_it_is_said() -> None:
    assert refusal(doubled(60)) == "It loops or calls more than 5,000 times."


def test_the_values_of_a_dict_are_looked_into() -> None:
    assert refusal({"k": doubled(60)}) == "It loops or calls more than 5,000 times."


def test_a_list_of_more_values_than_a_text_has_characters_is_too_much() -> None:
    assert refusal([0] * (LONGEST + 1)) == TOO_LONG


def test_a_number_with_more_digits_than_a_text_is_too_much_as_text() -> None:
    assert refusal([10**4000] * 6) == TOO_LONG


def test_texts_are_joined_by_what_stands_between() -> None:
    assert limits.joined(["a", 7, None], ", ") == "a, 7, None"


def test_joined_texts_may_be_as_long_as_any_text() -> None:
    assert len(limits.joined(["x" * (LONGEST // 2)] * 2)) == LONGEST


@pytest.mark.parametrize(("length", "between"), [(LONGEST // 2 + 1, ""), (LONGEST // 2, "x")])
def test_joined_texts_are_too_much_with_what_stands_between(length: int, between: str) -> None:
    with pytest.raises(TooMuch) as caught:
        limits.joined(["x" * length] * 2, between)
    assert str(caught.value) == TOO_LONG


def test_every_text_that_is_joined_is_a_step() -> None:
    with pytest.raises(TooMuch, match="5,000 times"), limits.counting():
        limits.joined([""] * (STEPS + 1))
