"""Time windows mean what Alertmanager's time intervals mean."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from routing.rules import windows
from routing.rules.windows import Interval, Window, WindowError

BERLIN = "Europe/Berlin"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("fields", "inside", "outside"),
    [
        ({}, "2026-11-25T03:00", None),
        ({"times": "09:00-17:00"}, "2026-11-25T09:00", "2026-11-25T17:00"),
        ({"times": "09:00-10:00, 11:00-12:00"}, "2026-11-25T11:59", "2026-11-25T10:30"),
        ({"times": "22:00-24:00"}, "2026-11-25T23:59", "2026-11-26T00:00"),
        ({"weekdays": "monday:friday"}, "2026-11-27T12:00", "2026-11-28T12:00"),
        ({"weekdays": "Saturday, Sunday"}, "2026-11-29T12:00", "2026-11-30T12:00"),
        ({"days_of_month": "1:5"}, "2026-11-05T12:00", "2026-11-06T12:00"),
        ({"days_of_month": "1, 15"}, "2026-11-15T12:00", "2026-11-02T12:00"),
        ({"days_of_month": "1"}, "2026-11-01T12:00", "2026-11-02T12:00"),
        ({"days_of_month": "-31:-28"}, "2027-02-01T12:00", "2027-02-02T12:00"),
        ({"days_of_month": "-1"}, "2026-11-30T12:00", "2026-11-29T12:00"),
        ({"days_of_month": "-3:-1"}, "2027-02-26T12:00", "2027-02-25T12:00"),
        ({"days_of_month": "28:31"}, "2027-02-28T12:00", "2027-02-27T12:00"),
        ({"days_of_month": "5:-1"}, "2026-11-30T12:00", "2026-11-04T12:00"),
        ({"months": "december:12"}, "2026-12-25T12:00", "2026-11-25T12:00"),
        ({"months": "1"}, "2027-01-25T12:00", "2027-02-25T12:00"),
        ({"months": "january, 3"}, "2026-03-25T12:00", "2026-02-25T12:00"),
        ({"years": "2026:2027"}, "2027-01-01T12:00", "2028-01-01T12:00"),
        ({"times": "09:00-17:00", "location": BERLIN}, "2026-11-25T08:30", "2026-11-25T16:30"),
        ({"times": "09:00-17:00", "location": BERLIN}, "2026-07-01T07:30", "2026-07-01T15:30"),
        ({"weekdays": "monday", "times": "09:00-17:00"}, "2026-11-30T09:00", "2026-12-01T09:00"),
    ],
)
def test_an_interval_holds(fields: dict[str, str], inside: str, outside: str | None) -> None:
    interval = windows.read(**fields)
    assert (interval.contains(at(inside)), outside and interval.contains(at(outside))) == (True, outside and False)


def test_a_range_of_days_that_begins_after_the_month_is_skipped() -> None:
    interval = windows.read(days_of_month="30:31")
    february = (datetime(2027, 2, day, tzinfo=UTC) for day in range(1, 29))
    assert not any(interval.contains(day) for day in february)


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"times": "9-17"}, "times", '"9-17" are no times. Write them like 09:00-17:00.'),
        ({"times": "24:30-24:40"}, "times", "are no times"),
        ({"times": "09:00-09:00"}, "times", "ends before it begins"),
        ({"times": "22:00-06:00"}, "times", "Over midnight it takes two: 22:00-24:00, 00:00-06:00."),
        ({"weekdays": "mon"}, "weekdays", "Write monday or monday:friday."),
        ({"weekdays": "monday:fri"}, "weekdays", '"monday:fri" cannot be read.'),
        ({"weekdays": "mon:friday"}, "weekdays", '"mon:friday" cannot be read.'),
        ({"weekdays": "saturday:sunday"}, "weekdays", "for example saturday, sunday."),
        ({"days_of_month": "0"}, "days_of_month", "cannot be read"),
        ({"days_of_month": "32"}, "days_of_month", "cannot be read"),
        ({"days_of_month": "1:-32"}, "days_of_month", "cannot be read"),
        ({"days_of_month": "5:"}, "days_of_month", "cannot be read"),
        ({"days_of_month": "-1:-3"}, "days_of_month", "ends before it begins"),
        ({"days_of_month": "-1:5"}, "days_of_month", "it has to end there too"),
        ({"days_of_month": "5:1"}, "days_of_month", "ends before it begins"),
        ({"days_of_month": "٣"}, "days_of_month", "cannot be read"),
        ({"months": "0"}, "months", "cannot be read"),
        ({"months": "13"}, "months", "cannot be read"),
        ({"months": "٣"}, "months", "cannot be read"),
        ({"months": "march:january"}, "months", "ends before it begins"),
        ({"years": "27"}, "years", "Write 2027 or 2027:2029."),
        ({"location": "Mars/Olympus"}, "location", '"Mars/Olympus" is no time zone.'),
        ({"location": "../etc/passwd"}, "location", "is no time zone"),
    ],
)
def test_a_mistake_says_what_to_write(fields: dict[str, str], field: str, words: str) -> None:
    with pytest.raises(WindowError) as caught:
        windows.read(**fields)
    assert caught.value.field == field
    assert words in str(caught.value)


def test_a_mistake_is_told_in_one_sentence_and_what_to_do() -> None:
    with pytest.raises(WindowError) as caught:
        windows.read(days_of_month="5:1")
    assert str(caught.value) == '"5:1" ends before it begins. Write 1, 1:5 or -3:-1 (from the end).'


@pytest.mark.parametrize(("length", "shown"), [(40, "x" * 40), (41, "x" * 40 + "…")])
def test_what_was_written_is_shown_whole_if_it_has_room(length: int, shown: str) -> None:
    with pytest.raises(WindowError, match=f'^"{shown}" cannot be read'):
        windows.read(weekdays="x" * length)


def test_any_interval_of_a_window_will_do() -> None:
    window = Window("off hours", (windows.read("00:00-08:00"), windows.read(weekdays="saturday, sunday")))
    assert [window.contains(at(text)) for text in ("2026-11-25T07:00", "2026-11-28T12:00", "2026-11-25T12:00")] == [
        True,
        True,
        False,
    ]


def test_a_window_without_intervals_never_holds() -> None:
    assert not Window("empty", ()).contains(at("2026-11-25T12:00"))


@pytest.mark.parametrize(
    ("now", "then"),
    [
        ("2026-11-25T07:00", "2026-11-25T08:00"),
        ("2026-11-25T08:00", "2026-11-25T16:00"),
        ("2026-11-27T20:00", "2026-11-30T08:00"),
        ("2026-10-23T20:00", "2026-10-26T08:00"),
        ("2026-03-27T20:00", "2026-03-30T07:00"),
    ],
)
def test_a_window_knows_when_it_changes_next(now: str, then: str) -> None:
    office = Window("office", (windows.read("09:00-17:00", "monday:friday", location=BERLIN),))
    assert office.changes_at(at(now)) == at(then)


def test_a_window_that_always_holds_never_changes() -> None:
    assert Window("always", (windows.read(),)).changes_at(at("2026-11-25T12:00")) is None


def test_two_intervals_that_meet_are_no_change() -> None:
    window = Window("day", (windows.read("09:00-12:00"), windows.read("12:00-17:00")))
    assert window.changes_at(at("2026-11-25T10:00")) == at("2026-11-25T17:00")


def test_a_change_further_away_is_not_named() -> None:
    christmas = Window("christmas", (windows.read(months="december", days_of_month="25"),))
    assert christmas.changes_at(at("2026-11-25T12:00"), timedelta(days=7)) is None


def test_a_week_shows_when_a_window_holds() -> None:
    office = Window("office", (windows.read("09:00-17:30", "monday:friday", location=BERLIN),))
    days = windows.week(office.contains, date(2026, 11, 23), ZoneInfo(BERLIN))
    assert [day.spans for day in days] == [((540, 1050),)] * 5 + [(), ()]


def brute(window: Window, moment: datetime, within: timedelta) -> datetime | None:
    """The same, minute by minute."""
    then = moment.replace(second=0, microsecond=0)
    now = any(interval.contains(moment) for interval in window.intervals)
    while (then := then + timedelta(minutes=5)) <= moment + within:
        if any(interval.contains(then) for interval in window.intervals) != now:
            return then
    return None


@pytest.mark.parametrize("seed", range(20))
def test_any_window_changes_when_it_does(seed: int) -> None:
    random = Random(seed)

    def times() -> str:
        first = random.randrange(0, 1435, 5)
        last = random.randrange(first + 5, 1441, 5)
        return f"{first // 60:02}:{first % 60:02}-{last // 60:02}:{last % 60:02}"

    zones = ["UTC", BERLIN, "America/New_York", "Asia/Kolkata", "Pacific/Auckland"]
    days = ["", "monday:friday", "saturday", "tuesday, sunday"]
    intervals = [
        windows.read(",".join(times() for _ in range(random.randrange(3))), random.choice(days), location=zone)
        for zone in random.choices(zones, k=3)
    ]
    window = Window("any", tuple(intervals))
    moment = datetime(2026, random.randint(1, 12), random.randint(1, 28), random.randrange(24), 5, 7, tzinfo=UTC)
    assert window.changes_at(moment, timedelta(days=4)) == brute(window, moment, timedelta(days=4))


def test_a_window_of_many_intervals_is_asked_little_however_many_alerts_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[object] = []
    holds = Interval._holds

    def counted(self: Interval, local: datetime) -> bool:
        asked.append(self)
        return holds(self, local)

    monkeypatch.setattr(Interval, "_holds", counted)
    times = ",".join(f"{hour:02}:01-{hour:02}:02" for hour in range(16))
    always, odd = windows.read(location="America/New_York"), windows.read(times, location=BERLIN)
    window = Window("odd", (*[odd] * 99, always))
    moment = at("2026-11-25T12:00")
    for second in range(50):
        window.contains(moment + timedelta(seconds=second))
        assert window.changes_at(moment + timedelta(seconds=second), timedelta(days=7)) is None
    assert len(asked) < 5 * len(window.intervals)


def test_a_change_at_the_last_moment_that_is_asked_for_counts() -> None:
    window = Window("noon", (windows.read("12:00-13:00"),))
    assert window.changes_at(at("2026-11-24T12:00") - timedelta(hours=36), timedelta(hours=36)) == at(
        "2026-11-23T12:00"
    )
    assert window.changes_at(at("2026-11-25T10:00"), timedelta(hours=2)) == at("2026-11-25T12:00")
    assert window.changes_at(at("2026-11-25T10:00"), timedelta(hours=1, minutes=59)) is None


def test_a_window_that_changes_soon_is_not_looked_at_for_a_year(monkeypatch: pytest.MonkeyPatch) -> None:
    days: list[date] = []
    spans = Interval.spans

    def counted(self: Interval, day: date) -> list[tuple[datetime, datetime]]:
        days.append(day)
        return spans(self, day)

    monkeypatch.setattr(Interval, "spans", counted)
    assert Window("noon", (windows.read("12:00-13:00"),)).changes_at(at("2026-11-25T10:01")) == at("2026-11-25T12:00")
    assert len(days) < 5


def test_windows_with_the_same_intervals_are_the_same() -> None:
    one, same = (Window("office", (windows.read("09:00-17:00", location=BERLIN),)) for _ in range(2))
    other = Window("office", (windows.read("09:00-17:01", location=BERLIN),))
    assert (one == same, hash(one) == hash(same), one == other) == (True, True, False)
