"""Reports are kept for a while, and counted one at a time."""

from __future__ import annotations

from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import pytest

from deliveries.figures.report import remembered
from deliveries.figures.report.remembered import KEPT
from routing.models import Source
from tests.deliveries.figures.report.history import HOUR, MINUTE, NOON, fire

pytestmark = pytest.mark.django_db


def told(minutes: float, days: int = 7) -> int | None:
    found = remembered.report(NOON + minutes * MINUTE, days, UTC)
    return found.told if found else None


def test_a_report_is_kept_for_a_while(source: Source) -> None:
    assert told(0) == 0
    fire(source, NOON - HOUR)
    assert (told(4.9), told(5)) == (0, 1)


@pytest.mark.parametrize("days", KEPT)
def test_the_longer_it_is_the_longer_it_is_kept(source: Source, days: int) -> None:
    minutes = KEPT[days] / MINUTE
    told(0, days)
    fire(source, NOON - HOUR)
    assert (told(minutes - 1, days), told(minutes, days)) == (0, 1)


def test_a_clock_that_was_set_back_keeps_nothing(source: Source) -> None:
    told(0)
    fire(source, NOON - HOUR)
    assert told(-1) == 1


def test_each_zone_has_its_own_nights(source: Source) -> None:
    fire(source, NOON - HOUR)
    for zone, hour in ((UTC, 11), (ZoneInfo("Asia/Tokyo"), 20)):
        found = remembered.report(NOON, 7, zone)
        assert found is not None
        assert found.hours[hour] == 1


def test_while_one_is_counted_others_get_the_last_one(source: Source) -> None:
    told(0)
    fire(source, NOON - HOUR)
    with remembered._counting:
        assert told(60) == 0


def test_while_the_first_is_counted_there_is_none() -> None:
    with remembered._counting:
        assert told(0) is None


def test_a_report_that_failed_is_counted_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(remembered, "of", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            told(0)
    assert told(0) == 0


def test_not_more_than_a_few_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "_MOST", 1)
    first = remembered.report(NOON, 7, UTC)
    remembered.report(NOON, 30, UTC)
    assert remembered.report(NOON + timedelta(seconds=1), 7, UTC) is not first
