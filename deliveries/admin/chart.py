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
_STEPS_AT_MOST = 4
_STEPS = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class Series:
    """`key` names its counts, `tone` its colour."""

    key: str
    label: str
    tone: str


def stacked(hours: Sequence[Hour], series: Sequence[Series], now: datetime, title: str) -> SafeString:
    """The last 24 hours by the clock: `hours` with the newest first; drawn with the newest at the right. A sentence if
    there is nothing to draw."""
    ordered = list(reversed(hours))
    highest = max((_total(counts, series) for _, counts in hours), default=0)
    if not highest:
        return format_html('<p class="ah-quiet">{}</p>', "None in these 24 hours.")
    lines = scale(highest)
    whole = sum(_total(counts, series) for _, counts in hours)
    marks = format_html_join("", '<span class="ah-{} ah-mark">{}</span>', ((one.tone, one.label) for one in series))
    return format_html(
        '<div class="ah-legend">{}<span>for each hour</span></div><div class="ah-plot">{}{}{}</div>{}',
        marks, _axis(lines), _drawing(ordered, series, now, lines, f"{title}: {whole:,} in 24 hours, at most {highest:,} in one"),
        _clocks([start for start, _ in ordered]), _table(ordered, series, now),
    )  # fmt: skip


def scale(highest: int) -> list[int]:
    """Round numbers from 0 up to `highest` or the next one above it: in steps of 1, 2 or 5, or ten times that, and so on."""
    ten = 1
    while True:
        for step in (one * ten for one in _STEPS):
            if highest <= step * _STEPS_AT_MOST:
                return list(range(0, highest + step, step))
        ten *= 10


def _total(counts: Mapping[str, int], series: Sequence[Series]) -> int:
    return sum(counts.get(one.key, 0) for one in series)


def _axis(lines: Sequence[int]) -> SafeString:
    """The numbers beside the drawing, the greatest on top. Whoever cannot see them reads the table."""
    shown = format_html_join("", "<span>{}</span>", ((f"{line:,}",) for line in reversed(lines)))
    return format_html('<div class="ah-plot-axis" aria-hidden="true">{}</div>', shown)


def _drawing(
    ordered: Sequence[Hour], series: Sequence[Series], now: datetime, lines: Sequence[int], told: str
) -> SafeString:
    top, width = lines[-1], len(ordered) * (_WIDTH + _GAP)
    heights = ((width, round(_HEIGHT - line * _HEIGHT / top, 2)) for line in lines)
    grid = format_html_join(
        "", '<path class="ah-plot-grid" d="M0 {1}H{0}" vector-effect="non-scaling-stroke"/>', heights
    )
    bars = format_html_join(
        "",
        "{}",
        ((_bar(place, counts, series, top, _hour(start, now)),) for place, (start, counts) in enumerate(ordered)),
    )
    return format_html(
        '<svg class="ah-chart" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">{}{}</svg>',
        width, _HEIGHT, told, grid, bars,
    )  # fmt: skip


def _clocks(starts: Sequence[datetime]) -> SafeString:
    """A place for each bar; every second clock hour is named, on a narrow screen every fourth."""
    local = [timezone.localtime(start) for start in starts]
    places = ((_seldom(start.hour), f"{start:%H:%M}" if start.hour % 2 == 0 else "") for start in local)
    shown = format_html_join("", '<span class="{}">{}</span>', places)
    return format_html('<div class="ah-plot-hours" aria-hidden="true">{}</div>', shown)


def _seldom(hour: int) -> str:
    return "ah-plot-hour" if hour % 4 == 0 else "ah-plot-hour ah-plot-wide"


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
