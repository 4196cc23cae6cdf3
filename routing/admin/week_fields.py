"""Buttons for the days of the week and clocks for hours: the two fields with which most windows are said."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from unfold.widgets import BASE_CLASSES

from routing.rules.windows import writing
from routing.rules.windows.writing import Pair

_NAMES = {1: "Mon", 2: "Tue", 3: "Wed", 4: "Thu", 5: "Fri", 6: "Sat", 0: "Sun"}
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_MOST = 20


def short(days: set[int]) -> str:
    """ "Mon, Tue"."""
    return ", ".join(_NAMES[day] for day in writing.MONDAY_FIRST if day in days)


def _is_there(data: Any, name: str) -> bool:
    """A form made by hand has not got these fields, which is not the same as nothing chosen."""
    return f"{name}_shown" in data


class DayChips(forms.CheckboxSelectMultiple):
    template_name = "routing/day_chips.html"

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return super().value_from_datadict(data, files, name) if _is_there(data, name) else None


class DaysField(forms.TypedMultipleChoiceField):
    """Cleans to a list of days, Sunday being 0; None if the form has not got it."""

    widget = DayChips

    def __init__(self, **kwargs: Any) -> None:
        choices = [(str(day), _NAMES[day]) for day in writing.MONDAY_FIRST]
        super().__init__(required=False, choices=choices, coerce=int, **kwargs)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return data is not None and super().has_changed(initial, data)


class HourClocks(forms.Widget):
    """Pairs of native clocks; a script adds more."""

    template_name = "routing/hour_clocks.html"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        return context | {"pairs": value or [("", "")], "classes": " ".join(BASE_CLASSES), "most": _MOST}

    def format_value(self, value: Any) -> Any:
        return value

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[Pair] | None:
        if not _is_there(data, name):
            return None
        each = (data.getlist(f"{name}_{end}") if hasattr(data, "getlist") else data.get(f"{name}_{end}", [])
                for end in ("from", "to"))  # fmt: skip
        return [pair for pair in zip(*each, strict=False) if any(pair)]


class HoursField(forms.Field):
    """Cleans to pairs like ("09:00", "17:00"); None if the form has not got it."""

    widget = HourClocks

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)

    def clean(self, value: Any) -> list[Pair] | None:
        if value is None:
            return None
        # Some browsers send seconds.
        found = [(first[:5], last[:5]) for first, last in value]
        if not all(_CLOCK.fullmatch(clock) for pair in found for clock in pair):
            raise forms.ValidationError("Give both times, from and to, like 09:00 and 17:00.")
        if len(found) > _MOST:
            raise forms.ValidationError(f"Give at most {_MOST} of them; more fit into another interval.")
        return found

    def has_changed(self, initial: Any, data: Any) -> bool:
        return data is not None and [tuple(pair) for pair in initial or []] != [tuple(pair) for pair in data]
