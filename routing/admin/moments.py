"""Moments that people enter: one native field, by the clock of who reads the page.

A small script tells the browser's time zone with each field; without it the clock is the server's, and the field says which.
"""

from __future__ import annotations

import re
from datetime import datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.db import models
from django.forms.widgets import Script
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from unfold.widgets import INPUT_CLASSES

_MINUTES = re.compile(r"-?[0-9]{1,3}")
_FARTHEST = 14 * 60
_MEDIA = [Script("routing/moments.js", defer=True)]


def zone(text: str) -> tzinfo:
    """The time zone that a browser names, such as "Asia/Calcutta 330": its name, and the minutes it is ahead of UTC now.

    For a name that is not known here, as systems know fewer old names than browsers, a clock that far ahead; the server's zone for
    what says neither.
    """
    name, _, ahead = text.partition(" ")
    try:
        return ZoneInfo(name) if name else timezone.get_current_timezone()
    except (KeyError, ValueError, OSError):
        minutes = int(ahead) if _MINUTES.fullmatch(ahead) else None
        if minutes is None or abs(minutes) > _FARTHEST:
            return timezone.get_current_timezone()
        return timezone.get_fixed_timezone(minutes)


class MomentInput(forms.DateTimeInput):
    input_type = "datetime-local"
    template_name = "routing/moment.html"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"class": " ".join(INPUT_CLASSES)} | (attrs or {}))

    @property
    def media(self) -> forms.Media:
        return forms.Media(js=_MEDIA)  # type: ignore[arg-type]

    def format_value(self, value: Any) -> str | None:
        at = _read(value)
        return f"{_local(at):%Y-%m-%dT%H:%M:%S}".removesuffix(":00") if at else None

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        at = _read(value)
        if at is not None and timezone.is_aware(at):
            context["widget"]["attrs"]["data-moment"] = at.isoformat()
        return context | {"zone_name": f"{name}_zone", "clock": timezone.get_current_timezone_name()}

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """ISO 8601 with the offset of the reader's clock; as it was written if it is no moment."""
        text = super().value_from_datadict(data, files, name)
        at = _read(text)
        if at is None or timezone.is_aware(at):
            return text
        return at.replace(tzinfo=zone(data.get(f"{name}_zone", ""))).isoformat()


class MomentField(forms.DateTimeField):
    widget = MomentInput
    default_error_messages = {"invalid": "Give a day and a time."}

    def prepare_value(self, value: Any) -> Any:
        return value  # with its zone, which Django's own takes away


OVERRIDES = {models.DateTimeField: {"form_class": MomentField, "widget": MomentInput}}


def _read(value: Any) -> datetime | None:
    if isinstance(value, datetime):
        return value
    try:
        return parse_datetime(str(value).strip()) if value else None
    except ValueError:
        return None


def _local(at: datetime) -> datetime:
    try:
        return timezone.localtime(at) if timezone.is_aware(at) else at
    except OverflowError:  # a year that another zone does not have
        return at
