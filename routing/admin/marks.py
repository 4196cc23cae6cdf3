"""Small marks that every page of the admin uses: badges, severities, moments, code. All of them escape their text."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

NOTHING = "–"
NONE = mark_safe('<span class="ah-none">–</span>')
"""The same, where a card on a phone has nothing instead."""
_SEVERITY_TONES = {"critical": "red", "warning": "orange", "info": "blue"}


def badge(text: object, tone: str = "plain", title: str = "") -> SafeString:
    """`tone` is one of red, orange, green, blue, plain."""
    return format_html('<span class="ah-badge ah-{}" title="{}">{}</span>', tone, title, text)


def severity(word: str) -> SafeString | str:
    """Told apart by shape and weight as well as by colour: not everybody sees red and orange."""
    if not word:
        return NOTHING
    tone = _SEVERITY_TONES.get(word, "plain")
    return badge(word, f"{tone} ah-{word}" if word in _SEVERITY_TONES else tone)


def sentences(*said: str) -> SafeString:
    """Sentences one after the other, without those that are empty. What is not markup is escaped."""
    return format_html_join(" ", "{}", ((one,) for one in said if one))


def severities(words: Iterable[str]) -> SafeString | str:
    return format_html_join(" ", "{}", ((severity(word),) for word in words)) or "any"


def moment(at: datetime | None, *, brief: bool = False) -> SafeString | str:
    """A moment to the second, such as 28 Nov 12:22:33; hovering says all of it. `brief` leaves the seconds to the hovering.

    Here it stands in the server's time zone; `times.js` puts it into the reader's.
    """
    return _time(at, "brief" if brief else "", timezone.now()) if at is not None else NOTHING


def clock(at: datetime | None, now: datetime) -> SafeString | str:
    """A moment for the middle of a sentence (of `format_html`): without its date if that is today's."""
    return _time(at, "clock", now) if at is not None else "an unknown time"


def said(at: datetime, now: datetime) -> str:
    """The same as text, for where there is no markup: nothing puts it into the reader's zone, so it names its own."""
    return f"{_short(at, 'clock', now)} {timezone.localtime(at):%Z}"


def _time(at: datetime, form: str, now: datetime) -> SafeString:
    shown = format_html(' data-form="{}"', form) if form else ""
    return format_html(
        '<time class="ah-moment" datetime="{}"{} title="{}">{}</time>',
        at.isoformat(timespec="seconds"),
        shown,
        whole(at),
        _short(at, form, now),
    )


def _short(at: datetime, form: str, now: datetime) -> str:
    local, today = timezone.localtime(at), timezone.localtime(now)
    hours = f"{local:%H:%M}" if form == "brief" else f"{local:%H:%M:%S}"
    if form == "clock" and local.date() == today.date():
        return hours
    year = "" if local.year == today.year else f" {local.year}"
    return f"{local.day} {local:%b}{year} {hours}"


def whole(at: datetime) -> str:
    """A moment as text that leaves nothing open: its day of the week, zone and UTC."""
    local, utc = timezone.localtime(at), at.astimezone(UTC)
    also = "" if local.utcoffset() == utc.utcoffset() else f" ({utc:%Y-%m-%d %H:%M:%S} UTC)"
    return f"{local:%A}, {local.day} {local:%B %Y, %H:%M:%S %Z}{also}"


def code(text: str) -> SafeString | str:
    return format_html('<code class="ah-code">{}</code>', text) if text.strip() else NOTHING
