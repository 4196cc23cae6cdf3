"""What came in: accepted webhook requests, the group each belongs to, and the rules as they were then."""

from __future__ import annotations

from django.db import models

from deliveries.models.compressed import CompressedField
from routing.models import Source


class Ruleset(models.Model):
    """The rules, targets and severity words as they were for some notifications: rules change, history does not."""

    digest = models.CharField(max_length=64, primary_key=True)
    content = models.JSONField()
    first_used_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.digest[:12]


class Conversation(models.Model):
    """One group of one source: what is told about it keeps its order in every room.

    Ingest locks this row, so `last_seq` is taken and `recent` is read by one notification at a time: ordering by id
    alone breaks, because ids are given before commits.
    """

    source = models.ForeignKey(Source, null=True, on_delete=models.SET_NULL, related_name="+")
    key = models.CharField(max_length=64, help_text="SHA-256 of receiver and group key.")
    group_key = models.TextField(blank=True)
    receiver = models.CharField(max_length=500, blank=True)
    last_seq = models.BigIntegerField(default=0)
    episode = models.PositiveBigIntegerField(default=0, help_text="Counts how often the group began to fire anew.")
    newest_start = models.DateTimeField(
        null=True, help_text="The latest start of what fired at the last telling; null: nothing does."
    )
    # [[state: shape, starts, notification id, received at (epoch seconds), told as a repeat, reason], ...] of lately.
    recent = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "key"], name="conversation_of_source")]

    def __str__(self) -> str:
        return self.group_key or f"group {self.pk}"


class Notification(models.Model):
    """One accepted webhook request. Always true: it is a duplicate, or each of its alerts has an occurrence."""

    class State(models.TextChoices):
        ROUTED = "routed", "routed"
        DUPLICATE = "duplicate", "duplicate"
        UNREAD = "unread", "not read yet"

    source = models.ForeignKey(Source, null=True, on_delete=models.SET_NULL, related_name="notifications")
    source_name = models.CharField(max_length=100)
    received_at = models.DateTimeField(db_index=True)
    state = models.CharField(max_length=10, choices=State, default=State.ROUTED)
    body = CompressedField(help_text="As received.")
    content_type = models.CharField(max_length=100, blank=True)
    sender = models.CharField(max_length=200, blank=True, help_text="Address and user agent.")
    conversation = models.ForeignKey(Conversation, null=True, on_delete=models.PROTECT, related_name="notifications")
    duplicate_of = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="duplicates")
    status = models.CharField(max_length=10, blank=True)
    receiver = models.CharField(max_length=500, blank=True)
    group_key = models.TextField(blank=True)
    reason = models.CharField(max_length=60, blank=True, help_text="Why Alertmanager told it, if it says so.")
    alert_count = models.PositiveIntegerField(default=0)
    truncated_alerts = models.PositiveIntegerField(default=0)
    flags = models.JSONField(default=list, help_text="What was odd about the content.")
    ruleset = models.ForeignKey(Ruleset, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        ordering = ["-id"]
        indexes = [
            # The pump: is there something that could not be read when it came?
            models.Index(fields=["id"], condition=models.Q(state="unread"), name="notification_unread"),
        ]

    def __str__(self) -> str:
        return f"N-{self.pk}"
