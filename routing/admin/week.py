"""The strip that shows a week at a glance: when a window holds, or when a rule speaks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from routing.rules import windows
from routing.rules.windows import Day

_DAY = 1440  # minutes, and units of the drawing


def strip(holds: Callable[[datetime], bool], now: datetime, zone: ZoneInfo, verb: str) -> SafeString:
    """The week of `now`, Monday to Sunday, as the clock of `zone` shows it; each day also in words."""
    today = now.astimezone(zone).date()
    monday = today - timedelta(days=today.weekday())
    local = now.astimezone(zone)
    rows = format_html_join(
        "",
        '<div class="ah-day" role="listitem"><span class="ah-day-name">{}</span><svg viewBox="0 0 1440 20" '
        'preserveAspectRatio="none" aria-hidden="true"><rect class="ah-day-back" width="1440" height="20"/>{}{}</svg>'
        '<span class="ah-day-words">{}</span></div>',
        (
            (f"{day.date:%a %-d %b}", _bars(day), _now(local) if day.date == today else "", _words(day))
            for day in windows.week(holds, monday, zone)
        ),
    )
    return format_html(
        '<div class="ah-week" role="list" aria-label="{}">{}</div><p class="ah-quiet">By the clock of {}; the mark is now.</p>',
        f"{verb} this week", rows, zone.key,
    )  # fmt: skip


def _bars(day: Day) -> SafeString:
    return format_html_join(
        "",
        '<rect class="ah-day-on" x="{}" width="{}" height="20"/>',
        ((start, end - start) for start, end in day.spans),
    )


def _now(local: datetime) -> SafeString:
    return format_html('<rect class="ah-day-now" x="{}" width="6" height="20"/>', local.hour * 60 + local.minute)


def _words(day: Day) -> str:
    if day.spans == ((0, _DAY),):
        return "all day"
    return ", ".join(f"{_clock(start)}–{_clock(end)}" for start, end in day.spans) or "not at all"


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
