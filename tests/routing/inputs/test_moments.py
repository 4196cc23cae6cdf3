"""Which moments people may enter: those that every time zone can tell."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from routing.inputs import moments

pytestmark = pytest.mark.anywhere

FAR_EAST, FAR_WEST = timezone(timedelta(hours=14)), timezone(timedelta(hours=-12))


@pytest.mark.parametrize(
    ("moment", "fits"),
    [
        (datetime(2026, 11, 28, tzinfo=UTC), True),
        (datetime(2000, 1, 1, tzinfo=UTC), True),
        (datetime(1999, 12, 31, 23, 59, tzinfo=UTC), False),
        (datetime(2199, 12, 31, 23, 59, tzinfo=UTC), True),
        (datetime(2200, 1, 1, tzinfo=UTC), False),
        (datetime(1, 1, 1, tzinfo=FAR_EAST), False),
        (datetime(9999, 12, 31, 23, tzinfo=FAR_WEST), False),
    ],
    ids=str,
)
def test_a_moment_is_near_enough_to_now(moment: datetime, *, fits: bool) -> None:
    assert (moments.fault(moment) == "") is fits


def test_the_fault_says_between_which_years_it_must_be() -> None:
    assert moments.fault(datetime(1999, 1, 1, tzinfo=UTC)) == "Give a moment between 2000 and 2200."


def test_a_moment_without_a_zone_is_judged_when_its_zone_is_known() -> None:
    assert moments.fault(datetime(1999, 1, 1)) == ""
