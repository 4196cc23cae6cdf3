"""Silences: alerts that nobody wants to hear of for a while. They are recorded all the same."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from routing import validators
from routing.changes.history import Records
from routing.models.moment import Moment
from routing.models.text import Prose
from routing.rules import matchers, silencing
from routing.rules.silencing import Quiet


class SilenceQuerySet(models.QuerySet["Silence"]):
    def active(self, now: datetime) -> SilenceQuerySet:
        return self.filter(starts_at__lte=now, ends_at__gt=now)

    def pending(self, now: datetime) -> SilenceQuerySet:
        return self.filter(starts_at__gt=now)

    def not_over(self, now: datetime) -> SilenceQuerySet:
        return self.filter(ends_at__gt=now)

    def over(self, now: datetime) -> SilenceQuerySet:
        return self.filter(ends_at__lte=now)


class Silence(models.Model):
    """Alerts that all of `matchers` fit are not told from `starts_at` until `ends_at`.

    What still fires at its end is told then. A silence is ended early by moving its end; it is kept for the trail.
    """

    matchers = models.TextField(
        validators=[validators.check_matchers],
        help_text='One a line, as in Alertmanager: alertname="DiskFull", instance=~"db.*". All must match.',
    )
    starts_at = Moment("from")
    ends_at = Moment("until", db_index=True)
    author = models.CharField(max_length=150, editable=False)
    comment = Prose(max_length=1_000, help_text="Why, so that others need not ask: what is done, by whom, until when.")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SilenceQuerySet.as_manager()
    history = Records()

    class Meta:
        ordering = ["-ends_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gte=F("starts_at")), name="silence_ends_after_it_starts")
        ]

    def __str__(self) -> str:
        return f"S-{self.pk}"

    def clean(self) -> None:
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            raise ValidationError({"ends_at": "A silence has to end after it begins."})
        try:
            parsed = matchers.entered(self.matchers)
        except matchers.MatcherError:
            return  # the field's own validator says so
        if silencing.covers_everything(parsed):
            words = (
                "This would silence every alert. Give at least one matcher that an alert without labels does not fit."
            )
            raise ValidationError({"matchers": words})

    def quiet(self) -> Quiet:
        """Its frozen value. Raises MatcherError if its matchers were written past the form."""
        return Quiet(self.pk, matchers.parse(self.matchers), self.starts_at, self.ends_at, self.author, self.comment)
