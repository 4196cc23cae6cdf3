"""The report's drawings, which need no script: messages by the hour of the clock, and a bar in a row of a table."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from deliveries.figures.report.values import NIGHT, is_night

_WIDTH, _HEIGHT, _GAP = 24, 100, 4
_BAR = 100


def by_hour(hours: Sequence[int], zone: str) -> SafeString:
    """Firing messages in each of the 24 hours of the clock, nights in another colour; the same as a table below."""
    highest = max(hours, default=0)
    bars = format_html_join(
        "",
        '<g><title>{}: {}</title><rect class="ah-bar {}" x="{}" width="{}" y="{}" height="{}"/></g>',
        (
            (_clock(hour), f"{count:,}", "ah-report-night" if is_night(hour) else "ah-plain", hour * (_WIDTH + _GAP), _WIDTH,
             *_upright(count, highest))
            for hour, count in enumerate(hours)
        ),
    )  # fmt: skip
    words = f"Firing messages by the hour of the day, at most {highest:,} in one"
    drawing = format_html(
        '<svg class="ah-chart" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>',
        24 * (_WIDTH + _GAP), _HEIGHT, words, bars,
    )  # fmt: skip
    rows = format_html_join(
        "",
        '<tr><th scope="row">{}</th><td>{}</td></tr>',
        ((_clock(hour), f"{count:,}") for hour, count in enumerate(hours)),
    )
    return format_html(
        '<div class="ah-legend"><span class="ah-mark ah-report-night">night, {} in {}</span>'
        "<span>at most {} in an hour of the day</span></div>{}"
        '<p class="ah-report-scale"><span>0:00</span><span>6:00</span><span>12:00</span><span>18:00</span><span>24:00</span></p>'
        '<details><summary>As a table</summary><table class="ah-small ah-report-by-hour"><thead><tr><th scope="col">Hour</th>'
        '<th scope="col">Messages</th></tr></thead><tbody>{}</tbody></table></details>',
        NIGHT, zone, f"{highest:,}", drawing, rows,
    )  # fmt: skip


def bar(by_day: int, at_night: int, most: int) -> SafeString:
    """How many, against the `most` of all rows; those at night in another colour. The figure stands beside it."""
    day, night = (round(count * _BAR / most, 2) if most else 0 for count in (by_day, at_night))
    return format_html(
        '<svg class="ah-report-bar" viewBox="0 0 {} 6" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="ah-bar ah-plain" width="{}" height="6"/><rect class="ah-bar ah-report-night" x="{}" width="{}" height="6"/>'
        "</svg>",
        _BAR, day, day, night,
    )  # fmt: skip


def _upright(count: int, highest: int) -> tuple[float, float]:
    height = round(count * _HEIGHT / highest, 2) if highest else 0.0
    return round(_HEIGHT - height, 2), height


def _clock(hour: int) -> str:
    return f"{hour:02}:00–{hour + 1:02}:00"
