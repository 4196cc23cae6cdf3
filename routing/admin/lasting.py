"""How long a silence lasts: chips for the usual lengths, and a moment of one's own."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.html import format_html
from unfold.widgets import UnfoldAdminRadioSelectWidget

from routing.admin import moments
from routing.admin.moments import MomentField
from routing.models.moment import check_moment

CUSTOM = "custom"
_MORNING = 9  # o'clock, when people are back at work
_HOURS = {"1h": 1, "4h": 4}


def choices(now: datetime) -> list[tuple[str, str]]:
    """Which morning is the reader's, as far as the browser says where that is; else the server's, which the chip names.

    With its day: soon after midnight "tomorrow" is not the morning to come.
    """
    here = timezone.localtime(now)
    which = f"({here + timedelta(days=1):%a}, {here:%Z})"
    return [
        ("1h", "1 h"),
        ("4h", "4 h"),
        ("tomorrow", format_html("Until tomorrow {}:00<span data-server-morning> {}</span>", _MORNING, which)),
        (CUSTOM, "Until the time below"),
    ]


def until(
    chosen: str, start: datetime, now: datetime, custom: datetime | None, zone: tzinfo | None = None
) -> datetime | None:
    """The end of what begins at `start`; None if a moment of one's own was chosen and not given. `zone`: the reader's."""
    if chosen in _HOURS:
        return start + timedelta(hours=_HOURS[chosen])
    if chosen == "tomorrow":
        morning = timezone.localtime(now, zone) + timedelta(days=1)
        return morning.replace(hour=_MORNING, minute=0, second=0, microsecond=0)
    return custom


class ZoneField(forms.CharField):
    """The name of the reader's time zone, which a script fills in; cleans to the zone, else the server's."""

    widget = forms.HiddenInput(attrs={"data-reader-zone": ""})

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)

    def clean(self, value: Any) -> tzinfo:
        return moments.zone(str(value or ""))


class Chips(UnfoldAdminRadioSelectWidget):
    template_name = "routing/chips.html"


class LastingForm(forms.Form):
    """Until when, for a silence that is there: from now on, whatever it said before."""

    lasts = forms.ChoiceField(label="From now on", widget=Chips, initial="1h")
    ends_at = MomentField(label="Until", required=False, validators=[check_moment])
    zone = ZoneField()

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._now = now
        self.fields["lasts"].choices = choices(now)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "lasts" in cleaned and not self.errors:
            end = until(cleaned["lasts"], self._now, self._now, cleaned.get("ends_at"), cleaned["zone"])
            if end is None:
                self.add_error("ends_at", "Give the day and the time at which it ends.")
            elif end <= self._now:
                self.add_error("ends_at", "This is over already. Give a moment to come.")
            cleaned["until"] = end
        return cleaned
