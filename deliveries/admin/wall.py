"""The wall: what burns, large and read-only, for a screen that nobody is logged in at. Its address is its only key.

It is no page of the admin: no session is opened, nothing leads anywhere, and nothing in it is a secret but the address, which
goes into no log (`redaction`) and no Referer.
"""

from __future__ import annotations

import logging
import re
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_safe

from deliveries import unavailable
from deliveries.figures import wall
from deliveries.figures.wall import Row, Wall
from deliveries.messages.words import duration
from routing.access import tokens
from routing.models import WallLink

log = logging.getLogger(__name__)

_TOKEN = re.compile(rf"{tokens.WALL_PREFIX}[A-Za-z0-9_-]{{20,80}}")
_TONES = ("critical", "warning", "info")
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
}


@require_safe
def view(request: HttpRequest, token: str) -> HttpResponse:
    """200; 404 alike for what was never made, has expired or was revoked; 503 while the database does not answer."""
    now = timezone.now()
    try:
        if not _opens(token, now):
            return _page("deliveries/wall_unknown.html", {}, 404)
        shown = wall.now_burning(now)
    except Error as error:
        unavailable.report(log, "The wall was answered with 503", error)
        return _page("deliveries/wall_later.html", {}, 503)
    return _page("deliveries/wall.html", _told(shown, now), 200)


def _opens(token: str, now: datetime) -> bool:
    """Asked each time, so that revoking acts at once. It is found by its hash, so how long that takes says nothing."""
    link = WallLink.valid(token, now).first() if _TOKEN.fullmatch(token) else None
    if link is not None:
        link.remember_use(now)
    return link is not None


def _page(template: str, context: dict[str, Any], status: int) -> HttpResponse:
    # Without the request: what a page of the admin would ask of it opens a session.
    text = render_to_string(template, context | {"version": settings.VERSION})
    return HttpResponse(text, status=status, headers=_HEADERS)


def _told(shown: Wall, now: datetime) -> dict[str, Any]:
    return {
        "wall": shown,
        "as_of": timezone.localtime(shown.as_of),
        "severities": [(_tone(word), word, f"{count:,}") for word, count in shown.severities],
        "rows": [_row(row, now) for row in shown.rows],
    }


def _row(row: Row, now: datetime) -> dict[str, Any]:
    return {
        "row": row,
        "tone": _tone(row.severity),
        "count": f"{row.count:,}",
        "since": duration(row.since, now) or "now",
    }


def _tone(severity: str) -> str:
    return severity if severity in _TONES else "other"
