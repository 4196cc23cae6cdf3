"""A moment of the first page: its clock time, and its date unless that is today's. Hovering says all of it."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString


def clock(at: datetime, now: datetime) -> SafeString:
    local = timezone.localtime(at)
    is_today = local.date() == timezone.localtime(now).date()
    return format_html(
        '<time class="ah-moment" datetime="{}" data-form="clock" title="{}">{}</time>',
        local.isoformat(), f"{local:%A, %d %B %Y, %H:%M:%S %Z}", f"{local:%H:%M:%S}" if is_today else f"{local:%d %b %H:%M:%S}",
    )  # fmt: skip
