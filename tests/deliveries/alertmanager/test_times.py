"""Go's times as aware UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from deliveries.alertmanager import read
from deliveries.alertmanager.times import moment

AT = datetime(2026, 11, 23, 14, 2, 11, tzinfo=UTC)
HALF = AT.replace(microsecond=500_000)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-23T14:02:11Z", AT),
        ("2026-11-23T14:02:11.5Z", HALF),
        ("2026-11-23T14:02:11.500000000Z", HALF),
        ("2026-11-23T14:02:11.123456789Z", AT.replace(microsecond=123_456)),
        ("2026-11-23T22:02:11.5+08:00", HALF),
        ("2026-11-23T09:32:11-04:30", AT),
        ("2026-11-23t14:02:11z", AT),
        ("2026-11-23 14:02:11Z", AT),
        ("2026-11-23 14:02:11.5 +00:00", HALF),
        ("2026-11-23 14:02:11.123456789Z", AT.replace(microsecond=123_456)),
        ("2026-11-23T14:02+00:00", AT.replace(second=0)),
        ("2026-11-23T14:02:11." + "5" * 43 + "Z", AT.replace(microsecond=555_555)),
        ("1970-01-01T00:00:00Z", datetime(1970, 1, 1, tzinfo=UTC)),
        ("2016-12-31T23:59:60Z", datetime(2017, 1, 1, tzinfo=UTC)),
        ("9998-12-31T23:59:59Z", datetime(9998, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_a_time_is_read_as_utc(text: str, expected: datetime) -> None:
    flags: set[str] = set()
    assert moment(text, "odd", flags) == expected
    assert flags == set()


@pytest.mark.parametrize(
    "text", [None, "", "0001-01-01T00:00:00Z", "0001-01-01T08:05:43+08:05", "0000-12-31T19:04:00-04:56"]
)
def test_no_time_is_none_without_a_flag(text: str | None) -> None:
    flags: set[str] = set()
    assert moment(text, "odd", flags) is None
    assert flags == set()


@pytest.mark.parametrize(
    "value",
    [
        "yesterday",
        "2026-13-01T00:00:00Z",
        "2026-02-30 00:00:00Z",
        "9999-12-31T23:59:59-12:00",
        "1969-12-31T23:59:59Z",
        "2026-11-23T14:02:11+99:99",
        "2026-11-23",
        "2026-11-23x14:02:11Z",
        "2026-11-23T14:02:11." + "5" * 44 + "Z",
        "2" * 100_000,
        "٢٠٢٦-11-23 14:02:11Z",
        1_700_000_000,
        True,
        ["2026-11-23T14:02:11Z"],
    ],
)
def test_what_cannot_be_read_is_none_and_flagged(value: Any) -> None:
    flags: set[str] = set()
    assert moment(value, "odd", flags) is None
    assert flags == {"odd"}


@pytest.mark.parametrize("text", ["2026-11-23T14:02:11", "2026-11-23 14:02:11"])
def test_a_time_without_zone_is_utc_and_flagged(text: str) -> None:
    flags: set[str] = set()
    assert moment(text, "odd", flags) == AT
    assert flags == {"time_without_zone"}


def ends(status: str, ends_at: str) -> tuple[datetime | None, tuple[str, ...]]:
    body = '{"version":"4","groupKey":"k","status":"firing","alerts":[{"status":"%s","endsAt":"%s",'
    body += '"startsAt":"2026-11-23T14:00:00Z","fingerprint":"a"}]}'
    alert = read((body % (status, ends_at)).encode()).alerts[0]
    return alert.ends_at, alert.flags


def test_a_firing_alert_has_not_ended_even_when_an_end_is_promised() -> None:
    assert ends("firing", "2026-11-23T14:02:11Z") == (None, ())


def test_a_resolved_alert_has_its_end() -> None:
    assert ends("resolved", "2026-11-23T14:02:11Z") == (AT, ())


def test_a_resolved_alert_without_an_end_is_flagged() -> None:
    assert ends("resolved", "0001-01-01T00:00:00Z") == (None, ("ends_at_odd",))


def test_an_end_before_the_start_is_kept_and_flagged() -> None:
    found, flags = ends("resolved", "2026-11-23T13:00:00Z")
    assert found == datetime(2026, 11, 23, 13, tzinfo=UTC)
    assert flags == ("ends_before_start",)
