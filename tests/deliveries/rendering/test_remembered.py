"""What was found of a text is known for a while, and only of so many texts."""

from __future__ import annotations

import pytest

from deliveries.rendering.remembered import Remembered
from tests.deliveries.rendering.test_renderers import Time

pytestmark = pytest.mark.anywhere

MOST = 256


@pytest.fixture
def clock() -> Time:
    return Time()


@pytest.fixture
def remembered(clock: Time) -> Remembered:
    return Remembered(300, clock)


@pytest.mark.parametrize(("seconds", "known"), [(299, "odd"), (300, None)])
def test_it_is_known_for_so_many_seconds(remembered: Remembered, clock: Time, seconds: int, known: str | None) -> None:
    remembered.add("text", "odd")
    clock.now += seconds
    assert remembered.get("text") == known


def test_that_nothing_was_found_is_known_too(remembered: Remembered) -> None:
    remembered.add("text", "")
    assert (remembered.get("text"), remembered.get("another")) == ("", None)


def test_what_is_added_again_is_known_for_longer(remembered: Remembered, clock: Time) -> None:
    remembered.add("text", "odd")
    clock.now += 200
    remembered.add("text", "odder")
    clock.now += 200
    assert remembered.get("text") == "odder"


def test_the_text_that_was_added_first_makes_room(remembered: Remembered) -> None:
    for number in range(MOST + 1):
        remembered.add(number, "odd")
    assert [remembered.get(number) for number in (0, 1, MOST)] == [None, "odd", "odd"]


def test_what_is_added_again_is_not_the_first_any_more(remembered: Remembered) -> None:
    for number in (0, 1, 0, *range(2, MOST + 1)):
        remembered.add(number, "odd")
    assert [remembered.get(number) for number in (0, 1, MOST)] == ["odd", None, "odd"]


def test_what_is_added_again_takes_the_room_of_no_other(remembered: Remembered) -> None:
    for number in (*range(MOST), MOST - 1):
        remembered.add(number, "odd")
    assert remembered.get(0) == "odd"


def test_it_can_be_told_to_forget(remembered: Remembered) -> None:
    remembered.add("text", "odd")
    remembered.forget()
    assert remembered.get("text") is None
