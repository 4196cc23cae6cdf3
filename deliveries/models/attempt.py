"""Every try of a delivery: written before a byte is sent, concluded once, never changed or deleted."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, NoReturn

from django.db import models

from deliveries.models.delivery import Delivery
from deliveries.rocketchat import outcomes


class AppendOnly(TypeError):
    """Somebody tried to change or delete an attempt."""

    def __init__(self) -> None:
        super().__init__("Attempts are an audit trail: they can be neither changed nor deleted.")


class AttemptQuerySet(models.QuerySet[Any]):
    """Refuses every way to change rows, save `conclude`, which touches only attempts that are still open."""

    def update(self, **kwargs: Any) -> NoReturn:
        raise AppendOnly

    async def aupdate(self, **kwargs: Any) -> NoReturn:
        raise AppendOnly

    def delete(self) -> NoReturn:
        raise AppendOnly

    async def adelete(self) -> NoReturn:
        raise AppendOnly

    def bulk_update(self, objs: Iterable[Attempt], fields: Iterable[str], batch_size: int | None = None) -> NoReturn:
        raise AppendOnly

    def update_or_create(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnly

    def bulk_create(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> list[Any]:
        if kwargs.get("update_conflicts"):
            raise AppendOnly
        return super().bulk_create(objs, *args, **kwargs)

    def conclude(self, attempts: Collection[Attempt], fields: Collection[str]) -> None:
        """Write the outcome fields of attempts that are still open; concluded ones keep what they have.

        The rows' deliveries must be locked by the caller. An upsert, because Django's bulk_update costs ten times more.
        """
        ids = [attempt.pk for attempt in attempts]
        still_open = set(self.filter(pk__in=ids, outcome="").values_list("pk", flat=True))
        mine: list[Any] = [attempt for attempt in attempts if attempt.pk in still_open]
        super().bulk_create(mine, update_conflicts=True, unique_fields=["id"], update_fields=fields)


class Attempt(models.Model):
    """One HTTP call made for a delivery. An empty `outcome` means it is under way, or its worker died in it."""

    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="attempts")
    number = models.PositiveIntegerField()
    worker = models.CharField(max_length=100)
    started_at = models.DateTimeField()
    duration_ms = models.PositiveIntegerField(null=True)
    outcome = models.CharField(
        max_length=10, blank=True, choices=[(kind.value, kind.label) for kind in outcomes.Ending]
    )
    reason = models.CharField(max_length=30, blank=True, help_text="A word of reasons.Reason.")
    status_code = models.PositiveSmallIntegerField(null=True)
    answer = models.TextField(blank=True, help_text="What Rocket.Chat answered, shortened, secrets taken out.")
    error = models.TextField(blank=True)
    sent = models.TextField(blank=True, help_text="The message as JSON.")
    sent_to = models.CharField(max_length=320, help_text="Scheme, host and the last 4 characters of the address.")
    message_id = models.CharField(max_length=60, blank=True)
    template_fault = models.CharField(
        max_length=500, blank=True, help_text="T-3 and why that template failed: AlertHub's own words were sent."
    )

    objects = AttemptQuerySet.as_manager()

    class Meta:
        ordering = ["delivery_id", "number"]
        constraints = [models.UniqueConstraint(fields=["delivery", "number"], name="attempt_number")]
        indexes = [
            # /metrics: attempts by outcome.
            models.Index(fields=["outcome", "reason"], name="attempt_by_outcome"),
            # A template's page: when did it fail last?
            models.Index(fields=["-id"], condition=~models.Q(template_fault=""), name="attempt_faulty"),
        ]

    def __str__(self) -> str:
        return f"attempt {self.number} of D-{self.delivery_id}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise AppendOnly
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnly
