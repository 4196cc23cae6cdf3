"""Both ends of a number belong to it, and a row's id is a number that every database holds."""

from __future__ import annotations

import pytest

from routing.inputs.bounds import IDS, Bounds, is_id

pytestmark = pytest.mark.anywhere

FROM_FIVE = Bounds(5, 1000)


@pytest.mark.parametrize(("number", "inside"), [(4, False), (5, True), (1000, True), (1001, False)])
def test_both_ends_are_inside(number: int, inside: bool) -> None:
    assert (number in FROM_FIVE) is inside


@pytest.mark.parametrize(("number", "nearest"), [(4, 5), (5, 5), (77, 77), (1000, 1000), (1001, 1000)])
def test_a_number_beyond_an_end_comes_to_that_end(number: int, nearest: int) -> None:
    assert FROM_FIVE.nearest(number) == nearest


def test_they_are_said_with_both_ends() -> None:
    assert str(FROM_FIVE) == "from 5 to 1,000"


@pytest.mark.parametrize(
    ("text", "can_be"),
    [
        ("1", True),
        (str(IDS.most), True),
        (str(IDS.most + 1), False),
        ("9" * 5000, False),
        ("", False),
        ("-1", False),
        ("1.0", False),
        (" 1", False),
        ("٣", False),
        ("²", False),
    ],
)
def test_an_id_is_written_in_plain_digits_and_fits(text: str, can_be: bool) -> None:
    assert is_id(text) is can_be
