"""Templates: how messages about alerts read, in the words of an installation."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models

from routing.changes.history import Records
from routing.models.text import Line, Prose


class Template(models.Model):
    """Jinja2 for the line that phones show and for the card below it; what is empty stays as AlertHub writes it.

    The delivery's number, and what is not as it should be, are always added by AlertHub.
    """

    name = Line(max_length=100, unique=True)
    headline = Prose(
        blank=True, max_length=2_000, help_text="One line, also in push notifications. Empty: AlertHub's own."
    )
    card = Prose(blank=True, max_length=10_000, help_text="The coloured card below the line. Empty: AlertHub's own.")
    note = Line(max_length=300, blank=True, help_text="What it is for.")

    history = Records()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if not self.headline.strip() and not self.card.strip():
            raise ValidationError("Write a headline, a card, or both.")
