"""The words, emoji and colours of a message: statuses, severities, times and lengths of time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

from deliveries import punctual
from deliveries.messages import safe
from deliveries.messages.fit import cut

# Hex: Rocket.Chat puts the colour straight into CSS, where Slack's "good" and "danger" mean nothing.
_SEVERITIES = {"critical": ("🔴", "#D32F2F"), "warning": ("🟠", "#FFA000"), "info": ("🔵", "#1976D2")}
_UNKNOWN = ("⚪", "#757575")
_RESOLVED = ("✅", "#388E3C")


class Timed(Protocol):
    """Whatever began and may have ended: an alert of a notification, or one told in a digest."""

    @property
    def status(self) -> str: ...
    @property
    def starts_at(self) -> datetime | None: ...
    @property
    def ends_at(self) -> datetime | None: ...


def emoji(status: str, severity: str) -> str:
    return _mark(status, severity)[0]


def colour(status: str, severity: str) -> str:
    return _mark(status, severity)[1]


def _mark(status: str, severity: str) -> tuple[str, str]:
    return _RESOLVED if status == "resolved" else _SEVERITIES.get(severity, _UNKNOWN)


def severity(word: str) -> str:
    """A severity as shown: it is whatever word a label holds."""
    return safe.name(cut(safe.clean(word), 40)) or "no severity"


def when(alert: Timed, now: datetime, *, dated: bool = False) -> str:
    """ "since 14:02 UTC (2 h 5 m)" while firing, "14:02–14:31 UTC, lasted 29 m" afterwards.

    Dated: always with the day and never with an age, so that it reads the same at any time of that year.
    """
    start, end = alert.starts_at, alert.ends_at
    if alert.status == "resolved":
        lasted = duration(start, end)
        return _span(start, end, now, dated) + (f", lasted {lasted}" if lasted else "")
    if start is None:
        return "start time not known"
    age = "" if dated else duration(start, now)
    return f"since {_clock(start, now, dated)} UTC" + (f" ({age})" if age else "")


def short(alert: Timed, now: datetime) -> str:
    """ "14:02" while firing, "14:02–14:31" afterwards: for lists whose heading says the rest."""
    start, end = alert.starts_at, alert.ends_at
    if alert.status != "resolved" or end is None:
        return _clock(start, now) if start else "time not known"
    return _interval(start, end, now) if start and start <= end else f"until {_clock(end, now)}"


def fired_and_resolved(start: datetime | None, end: datetime | None, now: datetime) -> str:
    """ "fired 14:02, resolved 14:31 UTC": for an alert whose two messages became one."""
    if start is None:
        return f"fired, resolved {_clock(end, now)} UTC" if end else "fired and resolved, times not known"
    if end is None:
        return f"fired {_clock(start, now)} UTC, resolved"
    return f"fired {_clock(start, now)}, resolved {_clock(end, now if _day(start) != _day(end) else end)} UTC"


def since(starts: Sequence[datetime], now: datetime) -> str:
    """ "Since 14:02 UTC (2 h 5 m)", of several "First 22 Nov 23:10 UTC, last 16:06 UTC"."""
    if not starts:
        return "Start time not known"
    first, last = _clock(min(starts), now), _clock(max(starts), now)
    if first == last:
        age = duration(min(starts), now)
        return f"Since {first} UTC" + (f" ({age})" if age else "")
    return f"First {first} UTC, last {last} UTC"


def still_firing(starts: Sequence[datetime], now: datetime) -> str:
    """ "still firing since 14:02 UTC", of several "still firing, the first since 22 Nov 23:10 UTC"."""
    if not starts:
        return "still firing"
    first, last = _clock(min(starts), now), _clock(max(starts), now)
    return f"still firing since {first} UTC" if first == last else f"still firing, the first since {first} UTC"


def span(start: datetime | None, end: datetime | None, now: datetime) -> str:
    """ "14:02–14:31 UTC" of what is over."""
    return _span(start, end, now, dated=False)


def late(owed_at: datetime | None, now: datetime) -> str:
    """ "12 m late", or "" for what is on time."""
    return late_by(now - owed_at) if owed_at else ""


def late_by(delay: timedelta) -> str:
    return f"{_length(delay)} late" if punctual.is_late(delay) else ""


def owed_since(owed_at: datetime, now: datetime, *, dated: bool = False) -> str:
    return f"owed since {_clock(owed_at, now, dated)} UTC"


def from_to(first: datetime, last: datetime, now: datetime) -> str:
    start, end = _clock(first, now), _clock(last, now)
    return f"at {start} UTC" if start == end else f"from {start} to {end} UTC"


def duration(start: datetime | None, end: datetime | None) -> str:
    """The two largest units; "" when a moment is missing or the clock ran backwards."""
    return "" if start is None or end is None or end < start else _length(end - start)


def _length(span: timedelta) -> str:
    minutes, seconds = divmod(int(span / timedelta(seconds=1)), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {minutes} m" if minutes else f"{hours} h"
    return f"{minutes} m" if minutes else f"{seconds} s"


def _span(start: datetime | None, end: datetime | None, now: datetime, dated: bool) -> str:
    if end is None:
        return f"began {_clock(start, now, dated)} UTC, end not known" if start else "times not known"
    if start is None or end < start:
        return f"ended {_clock(end, now, dated)} UTC"
    return f"{_interval(start, end, now, dated)} UTC"


def _interval(start: datetime, end: datetime, now: datetime, dated: bool = False) -> str:
    if _day(start) == _day(end):
        return f"{_clock(start, now, dated)}–{_clock(end, end)}"
    return f"{_clock(start, now, dated)} – {_clock(end, now, dated)}"


def _day(moment: datetime) -> date:
    return moment.astimezone(UTC).date()


def _clock(moment: datetime, now: datetime, dated: bool = False) -> str:
    """Hours and minutes; the day only when it is not today."""
    moment, now = moment.astimezone(UTC), now.astimezone(UTC)
    if moment.date() == now.date() and not dated:
        return f"{moment:%H:%M}"
    return f"{moment.day} {moment:%b %H:%M}" if moment.year == now.year else f"{moment:%Y-%m-%d %H:%M}"
