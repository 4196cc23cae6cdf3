"""Small marks that every page of the admin uses: badges, severities, moments, code. All of them escape their text."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

NOTHING = "–"
_SEVERITY_TONES = {"critical": "red", "warning": "orange", "info": "blue"}


def badge(text: object, tone: str = "plain", title: str = "") -> SafeString:
    """`tone` is one of red, orange, green, blue, plain."""
    return format_html('<span class="ah-badge ah-{}" title="{}">{}</span>', tone, title, text)


def severity(word: str) -> SafeString | str:
    return badge(word, _SEVERITY_TONES.get(word, "plain")) if word else NOTHING


def severities(words: Iterable[str]) -> SafeString | str:
    return format_html_join(" ", "{}", ((severity(word),) for word in words)) or "any"


def moment(at: datetime | None, *, brief: bool = False) -> SafeString | str:
    """A moment to the second in the server's time zone; hovering names the zone. `brief` leaves year and seconds to the hovering."""
    if at is None:
        return NOTHING
    local = timezone.localtime(at)
    return format_html(
        '<time class="ah-moment" datetime="{}" title="{}">{}</time>',
        local.isoformat(),
        f"{local:%A, %d %B %Y, %H:%M:%S %Z}",
        f"{local:%d %b %H:%M}" if brief else f"{local:%Y-%m-%d %H:%M:%S}",
    )


def code(text: str) -> SafeString | str:
    return format_html('<code class="ah-code">{}</code>', text) if text.strip() else NOTHING
