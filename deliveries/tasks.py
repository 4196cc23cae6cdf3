"""Celery's doors: each takes an id or nothing and calls one function. Any of them may vanish harmlessly."""

from __future__ import annotations

from celery import shared_task

from deliveries import housekeeping, pump


@shared_task(name="deliveries.drain", ignore_result=True)
def drain(target_id: int) -> None:
    pump.drain(target_id)


@shared_task(name="deliveries.tidy", ignore_result=True)
def tidy() -> None:
    housekeeping.tidy()
