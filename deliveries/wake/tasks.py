"""Celery's doors: each takes an id or nothing and calls one function. Any of them may vanish harmlessly."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from deliveries.wake import housekeeping, pump
from deliveries.watch import hints


@shared_task(name="deliveries.drain", ignore_result=True)
def drain(target_id: int) -> None:
    with hints.reader.reading(timezone.now()):
        pump.drain_if_possible(target_id)


@shared_task(name="deliveries.tidy", ignore_result=True)
def tidy() -> None:
    housekeeping.tidy()
