"""Hints from the web to the workers: "target 7 has work". Best effort, off the request's path, no data in them.

If the broker is away, hints are dropped: the pump finds the rows.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field

from django.db import Error
from django.utils import timezone

from deliveries import database
from deliveries.models import Worker
from deliveries.wake.tasks import drain
from deliveries.watch.broker import Broker, Unreachable

log = logging.getLogger(__name__)

# In a storm a target gets one hint in this time and not one for each post: publishing costs more than a post.
EVERY_SECONDS = 0.25
_LOOK_FOR_WORKERS_EVERY_SECONDS = 10.0
MOST_WAITING = 1000
"""Hints of a kilobyte each that may lie in the broker: workers need some seconds for as many."""
_LOOK_FOR_SPACE_EVERY_SECONDS = 1.0
_SELDOM = {"seldom": True}

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
    hints, space, broker = Hints(), Space(), Broker(drain.app)
    while True:
        try:
            hints.add(_waiting.get(timeout=hints.rest(time.monotonic())))
        except queue.Empty:
            pass
        due = hints.take(time.monotonic())
        if due and somebody_listens(time.monotonic()):
            publish(space.take(due, time.monotonic(), broker.waiting))


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


@dataclass(slots=True)
class Space:
    """How many hints more may lie in the broker: what nobody reads must not fill it. Times are monotonic seconds."""

    left: int = MOST_WAITING
    looked_at: float = -1e9

    def take(self, target_ids: Collection[int], now: float, waiting: Callable[[], int]) -> list[int]:
        """The targets whose hints have space; the others get none, and the pump finds them."""
        if now - self.looked_at >= _LOOK_FOR_SPACE_EVERY_SECONDS:
            had_space, self.looked_at = self.left > 0, now
            try:
                self.left = MOST_WAITING - waiting()
            except Unreachable:
                # Whether it can be told is found when it is told.
                self.left = MOST_WAITING
            if had_space and self.left <= 0:
                log.warning(
                    "%d hints lie unread in the broker; it gets no more until they are read.",
                    MOST_WAITING,
                    extra=_SELDOM,
                )
        fitting = sorted(target_ids)[: max(0, self.left)]
        self.left -= len(fitting)
        return fitting


def publish(target_ids: Iterable[int]) -> None:
    for target_id in target_ids:
        try:
            drain.apply_async((target_id,), retry=False, expires=60)
        except Exception as error:
            log.warning(
                "The broker took no hint (%s); workers find the work by themselves.",
                type(error).__name__,
                extra=_SELDOM,
            )
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
        return Worker.objects.living(timezone.now()).exists()
    except Error:
        return True
    finally:
        database.release()
