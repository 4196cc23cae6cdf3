"""Dead letters, which pages call undelivered: the deliveries that wait for a person."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from deliveries.models.delivery import Delivery


class DeadLetterManager(models.Manager["DeadLetter"]):
    def get_queryset(self) -> models.QuerySet[DeadLetter]:
        return super().get_queryset().filter(state__in=Delivery.DEAD, settled=False)


class DeadLetter(Delivery):
    """A delivery that ended badly or is held, until somebody sends it again or gives it up."""

    objects: ClassVar[DeadLetterManager] = DeadLetterManager()  # type: ignore[assignment]

    class Meta:
        proxy = True
        ordering = ["-id"]
        # Who may see or settle deliveries may do so here too.
        default_permissions = ()
        verbose_name = "undelivered message"
