"""Times, lengths of time, colours and emoji in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from deliveries.messages import words
from tests.deliveries.stories import NOW, START, an_alert


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (timedelta(0), "0 s"),
        (timedelta(seconds=59.9), "59 s"),
        (timedelta(minutes=29, seconds=59), "29 m"),
        (timedelta(hours=2), "2 h"),
        (timedelta(hours=2, minutes=5), "2 h 5 m"),
        (timedelta(days=3), "3 d"),
        (timedelta(days=3, hours=4, minutes=50), "3 d 4 h"),
        (timedelta(seconds=-1), ""),
    ],
)
def test_a_length_of_time_is_told_in_two_units(length: timedelta, text: str) -> None:
    assert words.duration(START, START + length) == text


@pytest.mark.parametrize(
    ("start", "text"),
    [
        (START, "since 14:02 UTC (2 h 4 m)"),
        (START - timedelta(days=1), "since 22 Nov 14:02 UTC (1 d 2 h)"),
        (datetime(2025, 1, 2, 3, 4, tzinfo=UTC), "since 2025-01-02 03:04 UTC (690 d 13 h)"),
        (NOW + timedelta(minutes=1), "since 16:08 UTC"),
        (None, "start time not known"),
    ],
)
def test_a_firing_alert_says_since_when(start: datetime | None, text: str) -> None:
    assert words.when(an_alert(starts_at=start), NOW) == text


@pytest.mark.parametrize(
    ("start", "end", "text"),
    [
        (START, START + timedelta(minutes=29), "14:02–14:31 UTC, lasted 29 m"),
        (START - timedelta(days=1), START, "22 Nov 14:02 – 14:02 UTC, lasted 1 d"),
        (START - timedelta(days=1), START - timedelta(hours=23), "22 Nov 14:02–15:02 UTC, lasted 1 h"),
        (START, None, "began 14:02 UTC, end not known"),
        (None, START, "ended 14:02 UTC"),
        (START, START - timedelta(hours=1), "ended 13:02 UTC"),
        (None, None, "times not known"),
    ],
)
def test_a_resolved_alert_says_from_when_to_when(start: datetime | None, end: datetime | None, text: str) -> None:
    assert words.when(an_alert(status="resolved", starts_at=start, ends_at=end), NOW) == text


@pytest.mark.parametrize(
    ("status", "severity", "emoji", "colour"),
    [
        ("firing", "critical", "🔴", "#D32F2F"),
        ("firing", "warning", "🟠", "#FFA000"),
        ("firing", "info", "🔵", "#1976D2"),
        ("firing", "sev-7", "⚪", "#757575"),
        ("firing", "", "⚪", "#757575"),
        ("resolved", "critical", "✅", "#388E3C"),
    ],
)
def test_status_and_severity_choose_emoji_and_colour(status: str, severity: str, emoji: str, colour: str) -> None:
    assert (words.emoji(status, severity), words.colour(status, severity)) == (emoji, colour)
