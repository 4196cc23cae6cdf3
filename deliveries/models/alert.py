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

# Left as they are when an alert is told anew.
_KEPT = ("source", "fingerprint", "first_seen_at")
# These never go back, and a telling that does not know them leaves them.
_NEWEST = ("last_end", "resolved_at")
# SQLite takes 32,766 values a statement.
_VALUES_A_STATEMENT = 32_000


class AlertQuerySet(models.QuerySet["Alert"]):
    def upsert(self, alerts: Sequence[Alert], resolved_since: datetime) -> tuple[dict[str, int], dict[str, Alert]]:
        """Write the newest telling of each alert; return the ids by fingerprint, and the rows that were left as they are.

        Left, for `lateness` to judge: what is kept back as maybe late, a firing of what was told as resolved since
        `resolved_since`, and a resolved of what fires that may be older. The rest is one statement, which Django's bulk_create cannot say because its update takes
        no condition.
        """
        return self.left_by(self._upsert(alerts, unless=MAY_BE_OLDER, values=[resolved_since]), alerts)

    def left_by(self, ids: dict[str, int], alerts: Sequence[Alert]) -> tuple[dict[str, int], dict[str, Alert]]:
        """The ids of all alerts, and the rows that an upsert, which wrote those of `ids`, left as they were."""
        left = [alert.fingerprint for alert in alerts if alert.fingerprint not in ids]
        if not left:
            return ids, {}
        # The upsert has locked them.
        found = Alert.objects.filter(source=alerts[0].source_id, fingerprint__in=left)
        rows = {row.fingerprint: row for row in found}
        return ids | {fingerprint: row.pk for fingerprint, row in rows.items()}, rows

    def overwrite(self, alerts: Sequence[Alert]) -> None:
        """Write this telling of each alert, whatever is known."""
        self._upsert(alerts, unless="false", values=[])

    def _upsert(self, alerts: Sequence[Alert], unless: str, values: Sequence[datetime]) -> dict[str, int]:
        connection, fields = connections[self.db], _fields()
        ids: dict[str, int] = {}
        most = _VALUES_A_STATEMENT // len(fields)
        moments = [connection.ops.adapt_datetimefield_value(value) for value in values]
        for some in (alerts[first : first + most] for first in range(0, len(alerts), most)):
            row_values = [
                field.get_db_prep_save(getattr(alert, field.attname), connection) for alert in some for field in fields
            ]
            with connection.cursor() as cursor:
                cursor.execute(_upsert_of(len(some), unless), [*row_values, *moments])
                ids |= dict(cursor.fetchall())
        return ids


MAY_BE_OLDER = """
    known.kept_back = 'late'
    OR (known.status = 'resolved' AND EXCLUDED.status = 'firing' AND COALESCE(known.resolved_at >= %s, false))
    OR (known.status = 'firing' AND EXCLUDED.status = 'resolved' AND (
        COALESCE(EXCLUDED.ends_at < known.starts_at, false)
        OR COALESCE(EXCLUDED.told_in_id < known.told_in_id, false)
    ))
"""


# A late copy of a firing, while it burns anew: it is told, and takes the new start from nobody, or the end of that earlier
# time would be taken for the end of this one. Its end may come as late as it did.
_OF_AN_EARLIER_TIME = "known.status = 'firing' AND EXCLUDED.status = 'firing' AND EXCLUDED.starts_at < known.starts_at"


def _fields() -> list[models.Field[Any, Any]]:
    return [field for field in Alert._meta.concrete_fields if not field.primary_key]


@lru_cache(maxsize=64)
def _upsert_of(count: int, unless: str) -> str:
    """The statement for so many alerts. The names in it are this model's columns; every value is a parameter."""
    fields = _fields()
    columns = ", ".join(str(field.column) for field in fields)
    row = f"({', '.join(['%s'] * len(fields))})"
    return (
        f"INSERT INTO {Alert._meta.db_table} AS known ({columns}) VALUES {', '.join([row] * count)} "  # noqa: S608
        f"{told_anew(unless)} RETURNING fingerprint, id"
    )


def told_anew(unless: str) -> str:
    """What an INSERT ... AS known does with alerts that are known: the rows follow, `unless` a condition leaves them."""
    updates = ", ".join(_update_of(field) for field in _fields() if field.name not in _KEPT)
    return f"ON CONFLICT (source_id, fingerprint) DO UPDATE SET {updates} WHERE NOT ({unless})"


def _update_of(field: models.Field[Any, Any]) -> str:
    told, known = f"EXCLUDED.{field.column}", f"known.{field.column}"
    if field.name in _NEWEST:
        told = f"COALESCE(CASE WHEN {known} > {told} THEN {known} END, {told}, {known})"
    if field.name == "starts_at":
        told = f"CASE WHEN {_OF_AN_EARLIER_TIME} THEN {known} ELSE {told} END"
    return f"{field.column} = {told}"


class Alert(models.Model):
    """One alert of one source, as its newest telling left it. Identity: (source, fingerprint)."""

    source = models.ForeignKey(Source, null=True, on_delete=models.SET_NULL, related_name="+")
    source_name = models.CharField(max_length=100)
    fingerprint = models.CharField(max_length=64)
    name = models.CharField(max_length=300, blank=True)
    severity = models.CharField(max_length=50, blank=True)
    status = models.CharField(max_length=10)
    labels = models.JSONField(default=dict)
    annotations = models.JSONField(default=dict)
    generator_url = models.TextField(blank=True)
    starts_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    last_end = models.DateTimeField(null=True, help_text="The newest end that was heard of it, by its sender's clock.")
    resolved_at = models.DateTimeField(null=True, help_text="When its newest resolved came.")
    told_in: models.ForeignKey[Notification | None, Notification | None] = models.ForeignKey(
        Notification,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        # Notifications are never deleted, and a check for each row would cost more than the row.
        db_constraint=False,
        db_index=False,
        help_text="The notification that left it as it is.",
    )
    silent_until = models.DateTimeField(null=True, help_text="It is kept back; whether to tell it is asked again then.")
    kept_back = models.CharField(max_length=20, blank=True, help_text="Why: an occurrence's outcome.")
    stuck_since = models.DateTimeField(null=True, help_text="Since when what is kept back cannot be told.")

    objects = AlertQuerySet.as_manager()

    class Meta:
        ordering = ["-last_seen_at"]
        permissions = [("acknowledge_alert", "Can acknowledge alerts")]
        constraints = [models.UniqueConstraint(fields=["source", "fingerprint"], name="alert_of_source")]
        indexes = [
            models.Index(fields=["status", "-last_seen_at"], name="alert_by_status"),
            # The API's filters. Declared here, as PostgreSQL would get a second one for searches by the beginning.
            models.Index(fields=["fingerprint"], name="alert_by_fingerprint"),
            models.Index(fields=["name"], name="alert_by_name"),
            models.Index(fields=["silent_until"], condition=Q(silent_until__isnull=False), name="alert_kept_back"),
            # The self-watch: is there something that cannot be told?
            models.Index(fields=["stuck_since"], condition=Q(stuck_since__isnull=False), name="alert_stuck"),
        ]

    def __str__(self) -> str:
        return self.name or self.fingerprint


class Occurrence(models.Model):
    """One alert in one notification, with what became of it: a delivery that tells it, or the reason why not.

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
        LATE = "late", "it may be older than what is known"
        KNOWN = "known", "the rooms know it"

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
