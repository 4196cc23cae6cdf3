"""The words, emoji and colours of a message: statuses, severities, times and lengths of time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from deliveries.alertmanager import IncomingAlert

# Hex: Rocket.Chat puts the colour straight into CSS, where Slack's "good" and "danger" mean nothing.
_SEVERITIES = {"critical": ("🔴", "#D32F2F"), "warning": ("🟠", "#FFA000"), "info": ("🔵", "#1976D2")}
_UNKNOWN = ("⚪", "#757575")
_RESOLVED = ("✅", "#388E3C")


def emoji(status: str, severity: str) -> str:
    return _mark(status, severity)[0]


def colour(status: str, severity: str) -> str:
    return _mark(status, severity)[1]


def _mark(status: str, severity: str) -> tuple[str, str]:
    return _RESOLVED if status == "resolved" else _SEVERITIES.get(severity, _UNKNOWN)


def when(alert: IncomingAlert, now: datetime) -> str:
    """ "since 14:02 UTC (2 h 5 m)" while firing, "14:02–14:31 UTC, lasted 29 m" afterwards."""
    start, end = alert.starts_at, alert.ends_at
    if alert.status == "resolved":
        lasted = duration(start, end)
        return _span(start, end, now) + (f", lasted {lasted}" if lasted else "")
    if start is None:
        return "start time not known"
    age = duration(start, now)
    return f"since {_clock(start, now)} UTC" + (f" ({age})" if age else "")


def duration(start: datetime | None, end: datetime | None) -> str:
    """The two largest units; "" when a moment is missing or the clock ran backwards."""
    if start is None or end is None or end < start:
        return ""
    minutes, seconds = divmod(int((end - start) / timedelta(seconds=1)), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {minutes} m" if minutes else f"{hours} h"
    return f"{minutes} m" if minutes else f"{seconds} s"


def _span(start: datetime | None, end: datetime | None, now: datetime) -> str:
    if end is None:
        return f"began {_clock(start, now)} UTC, end not known" if start else "times not known"
    if start is None or end < start:
        return f"ended {_clock(end, now)} UTC"
    if start.astimezone(UTC).date() == end.astimezone(UTC).date():
        return f"{_clock(start, now)}–{_clock(end, end)} UTC"
    return f"{_clock(start, now)} – {_clock(end, now)} UTC"


def _clock(moment: datetime, now: datetime) -> str:
    """Hours and minutes; the day only when it is not today."""
    moment, now = moment.astimezone(UTC), now.astimezone(UTC)
    if moment.date() == now.date():
        return f"{moment:%H:%M}"
    return f"{moment.day} {moment:%b %H:%M}" if moment.year == now.year else f"{moment:%Y-%m-%d %H:%M}"
