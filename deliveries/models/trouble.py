"""What people did to deliveries, and what AlertHub found wrong with itself."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from deliveries import troubles
from deliveries.models.delivery import Delivery


class Intervention(models.Model):
    """One thing a person did to a delivery: part of its trail, never changed."""

    class What(models.TextChoices):
        SEND_AGAIN = "send_again", "sent again"
        GIVE_UP = "give_up", "gave up"

    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="interventions")
    what = models.CharField(max_length=12, choices=What)
    who = models.CharField(max_length=150)
    at = models.DateTimeField()
    reason = models.TextField(blank=True, db_column="why")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.who} {self.get_what_display()} D-{self.delivery_id}"


class Trouble(models.Model):
    """Something wrong with AlertHub or its surroundings, from when it was found until it was over."""

    kind = models.CharField(max_length=10, choices=[(kind.value, kind.label) for kind in troubles.TroubleKind])
    subject = models.CharField(max_length=200, help_text="Which target, worker or source.")
    detail = models.TextField(blank=True)
    since = models.DateTimeField()
    told_at = models.DateTimeField(null=True, help_text="When people were told; null: not yet.")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-since", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "subject"], condition=Q(ended_at=None), name="one_open_trouble")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.subject}"


class Watch(models.Model):
    """One row: when the self-watch last looked. Whoever holds its lock looks, so that one worker does it and not all.

    `written_at`: when a web process last wrote here, to see that it can.
    """

    checked_at = models.DateTimeField(null=True)
    pinged_at = models.DateTimeField(null=True)
    written_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_watch")]

    def __str__(self) -> str:
        return f"checked at {self.checked_at}"
