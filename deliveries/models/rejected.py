"""What was refused at the door. Alertmanager does not send it again, so people must be able to see it."""

from __future__ import annotations

from django.db import models

from routing.models import Source


class RejectedRequest(models.Model):
    """A refused post; the same refusal again within a minute only raises `times`."""

    source = models.ForeignKey(Source, null=True, on_delete=models.SET_NULL, related_name="+")
    source_name = models.CharField(max_length=100, blank=True)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField(db_index=True)
    times = models.PositiveIntegerField(default=1)
    status_code = models.PositiveSmallIntegerField()
    reason = models.CharField(max_length=40)
    message = models.TextField(help_text="What the sender was told.")
    sender = models.CharField(max_length=200, blank=True)
    content_type = models.CharField(max_length=100, blank=True)
    size = models.PositiveBigIntegerField(null=True, help_text="Bytes, as far as known.")
    body = models.TextField(blank=True, help_text="Its beginning, secrets taken out.")

    class Meta:
        ordering = ["-last_at"]
        verbose_name = "refused request"
        indexes = [models.Index(fields=["reason", "-last_at"], name="rejected_again")]

    def __str__(self) -> str:
        return f"{self.status_code} {self.reason}"
