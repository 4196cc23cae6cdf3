"""Times, lengths of time, colours and emoji in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from deliveries.alertmanager import IncomingAlert
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
    ("start", "end", "text"),
    [
        (START, START + timedelta(minutes=7), "fired 14:02, resolved 14:09 UTC"),
        (START - timedelta(days=1), START, "fired 22 Nov 14:02, resolved 14:02 UTC"),
        (START - timedelta(days=1), START - timedelta(hours=23), "fired 22 Nov 14:02, resolved 15:02 UTC"),
        (START, None, "fired 14:02 UTC, resolved"),
        (None, START, "fired, resolved 14:02 UTC"),
        (None, None, "fired and resolved, times not known"),
    ],
)
def test_one_message_says_when_an_alert_came_and_went(start: datetime | None, end: datetime | None, text: str) -> None:
    assert words.fired_and_resolved(start, end, NOW) == text


@pytest.mark.parametrize(
    ("status", "start", "end", "text"),
    [
        ("firing", START, None, "14:02"),
        ("firing", START - timedelta(days=1), None, "22 Nov 14:02"),
        ("firing", None, None, "time not known"),
        ("resolved", START, START + timedelta(minutes=29), "14:02–14:31"),
        ("resolved", START - timedelta(days=1), START, "22 Nov 14:02 – 14:02"),
        ("resolved", START, None, "14:02"),
        ("resolved", None, START, "until 14:02"),
        ("resolved", START, START - timedelta(hours=1), "until 13:02"),
    ],
)
def test_a_list_says_the_times_alone(status: str, start: datetime | None, end: datetime | None, text: str) -> None:
    assert words.short(an_alert(status=status, starts_at=start, ends_at=end), NOW) == text


@pytest.mark.parametrize(
    ("alert", "text"),
    [
        (an_alert(), "since 23 Nov 14:02 UTC"),
        (an_alert(status="resolved", ends_at=START + timedelta(minutes=29)), "23 Nov 14:02–14:31 UTC, lasted 29 m"),
        (an_alert(status="resolved", ends_at=START + timedelta(days=1)), "23 Nov 14:02 – 24 Nov 14:02 UTC, lasted 1 d"),
    ],
)
def test_a_dated_time_reads_the_same_on_any_day(alert: IncomingAlert, text: str) -> None:
    assert {words.when(alert, now, dated=True) for now in (NOW, NOW + timedelta(days=9))} == {text}


@pytest.mark.parametrize(
    ("word", "text"),
    [("critical", "critical"), ("", "no severity"), ("a*b", "`a*b`"), ("s" * 60, f"`{'s' * 39}…`")],
)
def test_any_word_may_be_a_severity(word: str, text: str) -> None:
    assert words.severity(word) == text


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


@pytest.mark.parametrize(
    ("starts", "text"),
    [
        ((), "still firing"),
        ((START, START), "still firing since 14:02 UTC"),
        ((START, NOW), "still firing, the first since 14:02 UTC"),
    ],
)
def test_since_when_it_still_fires_is_told(starts: tuple[datetime, ...], text: str) -> None:
    assert words.still_firing(starts, NOW) == text
