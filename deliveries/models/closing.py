"""When an alert that was heard of no more was closed, and why."""

from __future__ import annotations

from django.db import models

from deliveries.models.alert import Alert


class Closing(models.Model):
    """Part of the alert's timeline: rows stay, also when it is heard of again."""

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="closings")
    at = models.DateTimeField()
    why = models.TextField()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"closed at {self.at:%Y-%m-%d %H:%M} UTC"
