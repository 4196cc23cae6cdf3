"""Who may post: sources and their ingest tokens."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models

from routing import validators
from routing.access import tokens
from routing.changes.history import Records, note
from routing.inputs import bounds
from routing.models.number import WholeNumber
from routing.models.text import Line
from routing.models.token import Token

REPEAT_MARGIN = 1_800
"""Seconds: a repeat comes with the next flush of its group, and after the tries that fail."""


class Source(models.Model):
    """A sender allowed to post, usually one Alertmanager cluster; its peers share it."""

    name = Line(max_length=100, unique=True)
    enabled = models.BooleanField(default=True, help_text="Posts of a disabled source are refused with 401.")
    duplicate_window = WholeNumber(
        default=120,
        bounds=bounds.DUPLICATE_WINDOW_SECONDS,
        help_text="Seconds in which the same state told again counts as a duplicate (a second Alertmanager peer, "
        "a retry), and in which a firing after its own resolved waits, as it may be late. Keep it below your "
        "group_interval.",
    )
    repeat_interval = WholeNumber(
        default=14_400,
        bounds=bounds.REPEAT_INTERVAL_SECONDS,
        help_text="Seconds after which this sender tells again what still fires: the longest repeat_interval of its "
        "routes. An alert not heard of for half an hour longer is marked.",
    )
    close_after = WholeNumber(
        default=259_200,
        bounds=bounds.CLOSE_AFTER_SECONDS,
        help_text="Seconds after which a firing alert that is heard of no more is closed; no room is told. 0: never.",
    )
    severity_labels = models.JSONField(
        default=validators.default_severity_labels,
        validators=[validators.check_severity_labels],
        help_text="Labels that say how bad an alert is: the first one that the alert has counts.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    history = Records(told=["tokens"])

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if self.close_after and self.repeat_interval and self.close_after < self.repeat_interval + REPEAT_MARGIN:
            sentence = (
                f"Close no alert before it could be told again: {self.repeat_interval + REPEAT_MARGIN} seconds or more "
                "with this repeat interval, or 0 for never."
            )
            raise ValidationError({"close_after": sentence})

    def new_token(self, name: str, secret: str = "") -> str:
        """Add an ingest token and return it: this is the only time it can be seen."""
        secret = secret or tokens.new(tokens.INGEST_PREFIX)
        row = IngestToken(source=self, name=name)
        row.keep(secret)
        row.save()
        note(self)
        return secret


class IngestToken(Token):
    """A secret one sender posts with. A source may have several at once, so that a change needs no gap."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="tokens")

    class Meta:
        ordering = ["-created_at"]

    def in_history(self) -> str:
        """Nothing of the secret, not even its end."""
        return f"{self.name} until {self.expires_at:%Y-%m-%d %H:%M} UTC" if self.expires_at else self.name
