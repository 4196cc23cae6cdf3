"""The intervals of a window: chosen with buttons and clocks; what those cannot say is written, under Advanced."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.forms.widgets import Script
from django.http import HttpRequest
from unfold.admin import StackedInline

from routing.admin import week_fields
from routing.admin.labelled import LabelledForm
from routing.admin.week_fields import DaysField, HoursField
from routing.inputs import bounds
from routing.models import TimeInterval
from routing.rules.windows import writing
from routing.rules.windows.writing import OverMidnight

_WRITTEN = ("times", "weekdays", "days_of_month", "months", "years")
_DISAGREE = "This and what is chosen above were both changed, and differ: change one of them."


class TimeIntervalForm(LabelledForm):
    """Of the buttons and the text that say the same, the one that was changed counts."""

    days = DaysField(label="Days", help_text="None chosen: every day.")
    hours = HoursField(
        label="Hours",
        help_text="None given: all day. The end is not included; midnight as the end is the end of the day.",
    )

    class Meta:
        model = TimeInterval
        fields = [*_WRITTEN, "location"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["days"] = [str(day) for day in writing.days(self.instance.weekdays)]
        self.initial["hours"] = writing.pairs(self.instance.times)
        if "location" in self.fields:
            self.fields["location"].widget.attrs["list"] = "zones"
            if self.instance.pk is None and not self.is_bound:
                self.fields["location"].widget.attrs["data-reader-zone"] = ""

    def has_changed(self) -> bool:
        """A new one of which only the time zone is given, which a script does, is an empty one."""
        return bool(set(self.changed_data) - ({"location"} if self.instance.pk is None else set()))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "days" in self.changed_data and cleaned.get("days") is not None:
            self._take(
                "weekdays", writing.weekdays(cleaned["days"]), writing.weekdays(writing.days(cleaned["weekdays"]))
            )
        if "hours" in self.changed_data and cleaned.get("hours") is not None:
            try:
                on_some_days = bool(cleaned.get("weekdays") or cleaned.get("days_of_month"))
                times = writing.times(cleaned["hours"], on_some_days=on_some_days)
                self._take("times", times, cleaned.get("times", ""))
            except OverMidnight as over:
                self.add_error("hours", _over_midnight(over, writing.days(cleaned.get("weekdays", ""))))
        return cleaned

    def _take(self, name: str, chosen: str, written: str) -> None:
        if name in self.changed_data and chosen != written:
            self.add_error(name, _DISAGREE)
        elif self.cleaned_data.get(name) != chosen:
            self.cleaned_data[name] = chosen
            self.changed_data.append(name)  # it is the column that is saved

    @property
    def chosen(self) -> list[Any]:
        return [self[name] for name in ("days", "hours", "location") if name in self.fields]

    @property
    def folded(self) -> list[Any]:
        """What is written, under Advanced."""
        return [self[name] for name in _WRITTEN if name in self.fields]

    @property
    def rare(self) -> int:
        """How many of the fields that no button can say are given."""
        return sum(bool(self[name].value()) for name in ("days_of_month", "months", "years") if name in self.fields)

    @property
    def is_unfolded(self) -> bool:
        return self.rare > 0 or any(name in self.errors for name in _WRITTEN)


def _over_midnight(over: OverMidnight, days: set[int]) -> str:
    first, last = over.pair
    words = f"{first}–{last} goes over midnight, into days that are not chosen here. Make two intervals of it: "
    if not days:
        return f"{words}{first}–00:00 on these days, and 00:00–{last} on those after them."
    shown, after = week_fields.short(days), week_fields.short(writing.next_days(days))
    return f"{words}{first}–00:00 on {shown}, and 00:00–{last} on {after}."


class TimeIntervalInline(StackedInline):
    model = TimeInterval
    form = TimeIntervalForm
    template = "routing/intervals.html"
    fields = [*_WRITTEN, "location"]
    extra = 1
    max_num = bounds.MOST_INTERVALS
    hide_title = True
    verbose_name = "interval"
    verbose_name_plural = "Intervals: the window holds in any of them; in one, all that is given must hold"

    @property
    def media(self) -> forms.Media:
        scripts = ("routing/moments.js", "routing/hours.js", "routing/preview.js")
        return super().media + forms.Media(js=[Script(each, defer=True) for each in scripts])  # type: ignore[misc]

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        return super().get_formset(request, obj, **{"validate_max": True} | kwargs)

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        return 0 if obj else 1


@lru_cache(maxsize=1)
def zones() -> list[str]:
    """The names people know: of places, and UTC."""
    return [
        "UTC",
        *sorted(name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/"))),
    ]
