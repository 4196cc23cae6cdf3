"""Alerts as last heard, and each time one was mentioned."""

from __future__ import annotations

from django.db import models

from deliveries.models.delivery import Delivery
from deliveries.models.notification import Notification
from routing.models import Source


class Alert(models.Model):
    """One alert of one source, as its newest telling left it. Identity: (source, fingerprint)."""

    source = models.ForeignKey(Source, null=True, on_delete=models.SET_NULL, related_name="+")
    source_name = models.CharField(max_length=100)
    fingerprint = models.CharField(max_length=64, db_index=True)
    name = models.CharField(max_length=300, blank=True, db_index=True)
    severity = models.CharField(max_length=50, blank=True)
    status = models.CharField(max_length=10)
    labels = models.JSONField(default=dict)
    annotations = models.JSONField(default=dict)
    generator_url = models.TextField(blank=True)
    starts_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()

    class Meta:
        ordering = ["-last_seen_at"]
        constraints = [models.UniqueConstraint(fields=["source", "fingerprint"], name="alert_of_source")]
        indexes = [models.Index(fields=["status", "-last_seen_at"], name="alert_by_status")]

    def __str__(self) -> str:
        return self.name or self.fingerprint


class Occurrence(models.Model):
    """One alert in one notification, with what became of it: a delivery that carries it, or the reason why not.

    `position` is the alert's place in the notification's body. An alert told to two targets has two rows.
    """

    class Outcome(models.TextChoices):
        OWED = "owed", "owed to a target"
        STALE = "stale", "older than what is known"
        RESOLVED_NOT_WANTED = "resolved_not_wanted", "the rule does not send resolved"
        ALREADY_TOLD = "already_told", "an earlier rule told the same targets"
        UNROUTED = "unrouted", "the rule names no target"

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="occurrences")
    notification = models.ForeignKey(Notification, on_delete=models.PROTECT, related_name="occurrences")
    delivery = models.ForeignKey(Delivery, null=True, on_delete=models.PROTECT, related_name="occurrences")
    position = models.PositiveIntegerField()
    status = models.CharField(max_length=10)
    outcome = models.CharField(max_length=20, choices=Outcome)
    why = models.TextField(blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.status} in N-{self.notification_id}"
