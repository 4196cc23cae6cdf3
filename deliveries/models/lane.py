"""The working state of delivering: how each target's lane stands, and which workers live."""

from __future__ import annotations

from django.db import models

from routing.models import Target


class Lane(models.Model):
    """How sending to one target stands. Claiming locks this row, so its budget is shared by all workers."""

    target = models.OneToOneField(Target, on_delete=models.CASCADE, primary_key=True, related_name="lane")
    paused_until = models.DateTimeField(
        null=True, help_text="Nothing is sent before: Rocket.Chat said so, or the budget."
    )
    calls = models.JSONField(default=list, help_text="Epoch seconds of the calls inside the rate limit's period.")
    streak = models.PositiveIntegerField(default=0, help_text="Deliveries in a row that went well.")
    failures = models.PositiveIntegerField(default=0, help_text="Attempts in a row that failed.")
    last_error = models.TextField(blank=True)
    last_error_at = models.DateTimeField(null=True)
    last_delivered_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"lane of target {self.pk}"


class Worker(models.Model):
    """A worker process that lives, by its own word: written by its pump without the broker."""

    name = models.CharField(max_length=100, unique=True)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.name
