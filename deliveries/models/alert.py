"""Alerts as last heard, and each time one was mentioned."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import connections, models
from django.db.models import Q

from deliveries.models.delivery import Delivery
from deliveries.models.notification import Notification
from routing.models import Silence, Source

_KEPT = ("source", "fingerprint", "first_seen_at")
# SQLite takes 32,766 values a statement.
_ROWS_A_STATEMENT = 2000


class AlertQuerySet(models.QuerySet["Alert"]):
    def tell(self, alerts: Sequence[Alert], stale_since: datetime) -> tuple[dict[str, int], set[str]]:
        """Write the newest telling of each alert; return all their ids by fingerprint, and which were stale.

        Stale is a firing whose resolved of the same start, or a later one, was heard since `stale_since`: peers and
        retries arrive out of order, and a resolved beats its firing. Such a row stays as it is. One statement, which
        Django's bulk_create cannot say because its update takes no condition.
        """
        ids: dict[str, int] = {}
        for first in range(0, len(alerts), _ROWS_A_STATEMENT):
            ids |= self._upsert(alerts[first : first + _ROWS_A_STATEMENT], stale_since)
        stale = {alert.fingerprint for alert in alerts if alert.fingerprint not in ids}
        if stale:
            kept = self.filter(source_id=alerts[0].source_id, fingerprint__in=stale)
            ids |= dict(kept.values_list("fingerprint", "id"))
        return ids, stale

    def _upsert(self, alerts: Sequence[Alert], stale_since: datetime) -> dict[str, int]:
        connection = connections[self.db]
        fields = _fields()
        values = [
            field.get_db_prep_save(getattr(alert, field.attname), connection) for alert in alerts for field in fields
        ]
        values.append(connection.ops.adapt_datetimefield_value(stale_since))
        with connection.cursor() as cursor:
            cursor.execute(_upsert_of(len(alerts)), values)
            return dict(cursor.fetchall())


def _fields() -> list[models.Field[Any, Any]]:
    return [field for field in Alert._meta.concrete_fields if not field.primary_key]


@lru_cache(maxsize=64)
def _upsert_of(count: int) -> str:
    """The statement for so many alerts. The names in it are this model's columns; every value is a parameter."""
    fields = _fields()
    columns = ", ".join(str(field.column) for field in fields)
    row = f"({', '.join(['%s'] * len(fields))})"
    updates = ", ".join(f"{field.column} = EXCLUDED.{field.column}" for field in fields if field.name not in _KEPT)
    return (
        f"INSERT INTO {Alert._meta.db_table} AS known ({columns}) VALUES {', '.join([row] * count)} "  # noqa: S608
        f"ON CONFLICT (source_id, fingerprint) DO UPDATE SET {updates} "
        "WHERE NOT (known.status = 'resolved' AND EXCLUDED.status = 'firing' AND known.last_seen_at >= %s "
        "AND COALESCE(EXCLUDED.starts_at <= known.starts_at, false)) RETURNING fingerprint, id"
    )


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
    silent_until = models.DateTimeField(
        null=True, help_text="A silence or a time window keeps it back; whether to tell it is asked again then."
    )

    objects = AlertQuerySet.as_manager()

    class Meta:
        ordering = ["-last_seen_at"]
        permissions = [("acknowledge_alert", "Can acknowledge alerts")]
        constraints = [models.UniqueConstraint(fields=["source", "fingerprint"], name="alert_of_source")]
        indexes = [
            models.Index(fields=["status", "-last_seen_at"], name="alert_by_status"),
            models.Index(fields=["silent_until"], condition=Q(silent_until__isnull=False), name="alert_kept_back"),
        ]

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
        SILENCED = "silenced", "a silence covers it"
        MUTED = "muted", "the rule is silent at this time"
        RECORDED = "recorded", "the rule only records"

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="occurrences", db_index=False)
    notification = models.ForeignKey(Notification, on_delete=models.PROTECT, related_name="occurrences")
    delivery = models.ForeignKey(Delivery, null=True, on_delete=models.PROTECT, related_name="occurrences")
    position = models.PositiveIntegerField()
    status = models.CharField(max_length=10)
    outcome = models.CharField(max_length=20, choices=Outcome)
    why = models.TextField(blank=True)
    silence = models.ForeignKey(
        Silence, null=True, on_delete=models.SET_NULL, related_name="occurrences", db_index=False
    )

    class Meta:
        ordering = ["id"]
        indexes = [
            # Where was an alert told last? And its timeline.
            models.Index(fields=["alert", "-id"], name="occurrence_newest"),
            models.Index(fields=["silence"], condition=Q(silence__isnull=False), name="occurrence_silenced"),
            # Was anybody told nothing in the last day?
            models.Index(fields=["notification"], condition=Q(outcome="unrouted"), name="occurrence_unrouted"),
        ]

    def __str__(self) -> str:
        return f"{self.status} in N-{self.notification_id}"
