"""Who said of a firing alert: I see it, I am at it."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from deliveries.models.alert import Alert


class AcknowledgementQuerySet(models.QuerySet["Acknowledgement"]):
    def standing(self) -> AcknowledgementQuerySet:
        """Those that hold now: not withdrawn, and the alert still fires as it did when it was acknowledged."""
        same = Q(starts_at=F("alert__starts_at")) | Q(starts_at=None, alert__starts_at=None)
        return self.filter(same, withdrawn_at=None, alert__status="firing")


class Acknowledgement(models.Model):
    """It ends by itself when the alert is resolved or begins anew. Rows stay for the alert's timeline."""

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="acknowledgements")
    starts_at = models.DateTimeField(null=True, help_text="When the alert had begun that was acknowledged.")
    by = models.CharField(max_length=150)
    comment = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.CharField(max_length=150, blank=True)

    objects = AcknowledgementQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["alert", "starts_at"],
                condition=Q(withdrawn_at=None, starts_at__isnull=False),
                name="one_acknowledgement_an_episode",
            ),
            models.UniqueConstraint(
                fields=["alert"],
                condition=Q(withdrawn_at=None, starts_at=None),
                name="one_acknowledgement_without_a_start",
            ),
        ]

    def __str__(self) -> str:
        return f"acknowledged by {self.by}"
