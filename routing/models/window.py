"""Time windows: named times that rules refer to."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from routing.changes.history import Records
from routing.models.text import Line
from routing.rules import windows
from routing.rules.windows import Interval, Window, WindowError


class WindowIsUsed(ValidationError):
    """Somebody tried to delete a window that rules refer to: they would speak at other times."""

    def __init__(self, name: str, rules: list[str]) -> None:
        shown = ", ".join(f'"{rule}"' for rule in rules[:5]) + (f" and {len(rules) - 5} more" if len(rules) > 5 else "")
        super().__init__(f'"{name}" is used by rule {shown}. Take it out of there first.')


class TimeWindowQuerySet(models.QuerySet["TimeWindow"]):
    def delete(self) -> tuple[int, dict[str, int]]:
        for window in self:
            window.refuse_if_used()
        return super().delete()


class TimeWindow(models.Model):
    """Times of the week, the month or the year in which rules speak, or are silent. Any of its intervals will do."""

    name = Line(max_length=100, unique=True)
    note = Line(max_length=300, blank=True, help_text="What it is for.")

    objects = TimeWindowQuerySet.as_manager()
    history = Records(children=["intervals"])

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        self.refuse_if_used()
        return super().delete(*args, **kwargs)

    def used_by(self) -> list[str]:
        """Names of the rules that speak or are silent in it."""
        return sorted(
            {*self.active_rules.values_list("name", flat=True), *self.muted_rules.values_list("name", flat=True)}
        )

    def refuse_if_used(self) -> None:
        if used := self.used_by():
            raise WindowIsUsed(self.name, used)

    def window(self) -> Window:
        """Its frozen value; one without intervals contains no moment. Raises WindowError past the form."""
        return Window(self.name, tuple(row.interval() for row in self.intervals.all()))


class TimeInterval(models.Model):
    """Every field that is given must hold; each is a list with commas."""

    window = models.ForeignKey(TimeWindow, on_delete=models.CASCADE, related_name="intervals")
    times = Line(max_length=200, blank=True, help_text="09:00-17:00; the end is not included. Empty: all day.")
    weekdays = Line(max_length=200, blank=True, help_text="monday:friday, or saturday, sunday.")
    days_of_month = Line("days of the month", max_length=200, blank=True, help_text="1:5, or -1 for the last.")
    months = Line(max_length=200, blank=True, help_text="january:march, or 12.")
    years = Line(max_length=200, blank=True, help_text="2027, or 2027:2029.")
    location = Line("time zone", max_length=64, default="UTC", help_text="Europe/Berlin, for example.")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        parts = [self.times, self.weekdays, self.days_of_month, self.months, self.years]
        return f"{'; '.join(part for part in parts if part) or 'always'} ({self.location})"

    def clean(self) -> None:
        try:
            self.interval()
        except WindowError as error:
            raise ValidationError({error.field: str(error)}) from None

    def interval(self) -> Interval:
        """Raises WindowError if it was written past the form."""
        return windows.read(self.times, self.weekdays, self.days_of_month, self.months, self.years, self.location)
