"""Hints from the web to the workers: "target 7 has work". Best effort, off the request's path, no data in them.

If the broker is away, hints are dropped: the pump finds the rows.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import Error
from django.utils import timezone

from deliveries import database
from deliveries.models import Worker
from deliveries.tasks import drain

log = logging.getLogger(__name__)

# In a storm a target gets one hint in this time and not one for each post: publishing costs more than a post.
EVERY_SECONDS = 0.25
_LOOK_FOR_WORKERS_EVERY_SECONDS = 10.0
_WORKER_LIVES = timedelta(seconds=60)

_waiting: queue.Queue[int] = queue.Queue(maxsize=1000)
_start = threading.Lock()
_thread: threading.Thread | None = None


def targets(target_ids: Iterable[int]) -> None:
    """Never blocks and never raises."""
    _ensure_thread()
    for target_id in target_ids:
        try:
            _waiting.put_nowait(target_id)
        except queue.Full:
            return


def _ensure_thread() -> None:
    # Started by the first request and not at import, because gunicorn may fork after importing.
    global _thread
    with _start:
        if _thread is None or not _thread.is_alive():
            _thread = threading.Thread(target=_publish, name="nudge", daemon=True)
            _thread.start()


def _publish() -> None:
    hints = Hints()
    while True:
        try:
            hints.add(_waiting.get(timeout=hints.rest(time.monotonic())))
        except queue.Empty:
            pass
        due = hints.take(time.monotonic())
        if due and somebody_listens(time.monotonic()):
            publish(due)


@dataclass(slots=True)
class Hints:
    """Which targets wait for a hint, and when each had its last one. Times are monotonic seconds."""

    pending: set[int] = field(default_factory=set)
    last: dict[int, float] = field(default_factory=dict)

    def add(self, target_id: int) -> None:
        self.pending.add(target_id)

    def take(self, now: float) -> set[int]:
        """The targets whose hint may go now; they are pending no more."""
        due = {target_id for target_id in self.pending if now - self.last.get(target_id, -1e9) >= EVERY_SECONDS}
        self.pending -= due
        self.last |= dict.fromkeys(due, now)
        return due

    def rest(self, now: float) -> float | None:
        """Seconds until the next pending hint may go; None if none is pending."""
        if not self.pending:
            return None
        return max(0.0, min(self.last.get(target_id, now) for target_id in self.pending) + EVERY_SECONDS - now)


def publish(target_ids: Iterable[int]) -> None:
    for target_id in target_ids:
        try:
            drain.apply_async((target_id,), retry=False, expires=60)
        except Exception as error:
            log.warning("The broker took no hint (%s); workers find the work by themselves.", type(error).__name__)
            return


_looked: tuple[float, bool] | None = None


def somebody_listens(now: float) -> bool:
    """Whether a worker lives, as the database says at most every ten seconds.

    Without one, hints would only pile up in the broker for as long as that lasts.
    """
    global _looked
    if _looked is None or not 0 <= now - _looked[0] < _LOOK_FOR_WORKERS_EVERY_SECONDS:
        _looked = now, _a_worker_lives()
    return _looked[1]


def _a_worker_lives() -> bool:
    try:
        return Worker.objects.filter(seen_at__gt=timezone.now() - _WORKER_LIVES).exists()
    except Error:
        return True
    finally:
        database.release()
