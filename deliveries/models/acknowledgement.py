"""Who said of a firing alert: I see it, I am at it."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from deliveries.models.alert import Alert


class AcknowledgementQuerySet(models.QuerySet["Acknowledgement"]):
    def standing(self) -> AcknowledgementQuerySet:
        """Those that hold now: not withdrawn, and the alert burns as it did then.

        It was neither heard as resolved since, nor does it have a start after an end that came after the acknowledged
        start. Another start alone says nothing: replicas differ, and Alertmanager keeps the earliest one it hears.
        """
        resolved_since = Q(alert__resolved_at__isnull=False, alert__resolved_at__gte=F("at"))
        known = Q(starts_at__isnull=False, alert__starts_at__isnull=False, alert__last_end__isnull=False)
        begun_anew = known & Q(alert__last_end__gte=F("starts_at"), alert__starts_at__gt=F("alert__last_end"))
        still_open = self.filter(withdrawn_at=None, ended_at=None, alert__status="firing")
        return still_open.filter(~resolved_since, ~begun_anew)


class Acknowledgement(models.Model):
    """It ends by itself when the alert is resolved or begins anew. Rows stay for the alert's timeline."""

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="acknowledgements")
    starts_at = models.DateTimeField(null=True, help_text="When the alert had begun that was acknowledged.")
    by = models.CharField(max_length=150)
    comment = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.CharField(max_length=150, blank=True)
    ended_at = models.DateTimeField(null=True, help_text="When another took the place of this one, which held no more.")

    objects = AcknowledgementQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["alert"], condition=Q(withdrawn_at=None, ended_at=None), name="one_acknowledgement_stands"
            ),
        ]

    def __str__(self) -> str:
        return f"acknowledged by {self.by}"
