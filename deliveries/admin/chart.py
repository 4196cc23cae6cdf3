"""A chart of 24 hours as a drawing that needs no script, with the same figures as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

Hour = tuple[datetime, Mapping[str, int]]
"""Where it begins, and its counts by the keys of series."""

_DAY = timedelta(hours=24)
_WIDTH, _HEIGHT, _GAP = 24, 100, 4  # of a bar, of the drawing, between bars


@dataclass(frozen=True, slots=True)
class Series:
    """`key` names its counts, `tone` its colour."""

    key: str
    label: str
    tone: str


def stacked(hours: Sequence[Hour], series: Sequence[Series], now: datetime, title: str) -> SafeString:
    """The last 24 hours by the clock: `hours` with the newest first; drawn with the newest at the right."""
    ordered = list(reversed(hours))
    highest = max((sum(counts.get(one.key, 0) for one in series) for _, counts in hours), default=0)
    bars = format_html_join(
        "",
        "{}",
        (
            (_bar(place, counts, series, highest or 1, _hour(start, now)),)
            for place, (start, counts) in enumerate(ordered)
        ),
    )
    width = len(ordered) * (_WIDTH + _GAP)
    drawing = format_html(
        '<svg class="ah-chart" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>',
        width, _HEIGHT, f"{title}: at most {highest} an hour", bars,
    )  # fmt: skip
    marks = format_html_join("", '<span class="ah-{} ah-mark">{}</span>', ((one.tone, one.label) for one in series))
    scale = format_html(
        '<p class="ah-scale"><span>{}</span><span>{}</span><span>now</span></p>',
        _clock(now - _DAY),
        _clock(now - _DAY / 2),
    )
    return format_html('<div class="ah-legend">{}<span>at most {} an hour</span></div>{}{}{}',
                       marks, highest, drawing, scale, _table(ordered, series, now))  # fmt: skip


def _bar(place: int, counts: Mapping[str, int], series: Sequence[Series], highest: int, hour: str) -> SafeString:
    pieces: list[tuple[str, int, int, float, float]] = []
    top = float(_HEIGHT)
    for one in series:
        height = counts.get(one.key, 0) * _HEIGHT / highest
        top -= height
        if height:
            pieces.append((one.tone, place * (_WIDTH + _GAP), _WIDTH, round(top, 2), round(height, 2)))
    told = ", ".join(f"{counts[one.key]} {one.label}" for one in series if counts.get(one.key)) or "none"
    drawn = format_html_join("", '<rect class="ah-bar ah-{}" x="{}" width="{}" y="{}" height="{}"/>', pieces)
    return format_html("<g><title>{}: {}</title>{}</g>", hour, told, drawn)


def _table(ordered: Sequence[Hour], series: Sequence[Series], now: datetime) -> SafeString:
    head = format_html_join("", '<th scope="col">{}</th>', ((one.label,) for one in series))
    rows = format_html_join(
        "",
        '<tr><th scope="row">{}</th>{}</tr>',
        (
            (
                _hour(start, now),
                format_html_join(
                    "", '<td data-label="{}">{}</td>', ((one.label, counts.get(one.key, 0)) for one in series)
                ),
            )
            for start, counts in reversed(ordered)
        ),
    )
    return format_html(
        '<details><summary>As a table</summary><table class="ah-table"><thead><tr><th scope="col">Hour</th>{}</tr>'
        "</thead><tbody>{}</tbody></table></details>",
        head, rows,
    )  # fmt: skip


def _hour(start: datetime, now: datetime) -> str:
    """Its part in the last 24 hours: the first and the last one are cut."""
    return f"{_clock(max(start, now - _DAY))}–{_clock(min(start + timedelta(hours=1), now))}"


def _clock(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%H:%M}"
