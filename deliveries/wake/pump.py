"""The pump: a thread in every worker process that finds due work in the database, with or without a broker.

A hint through Celery makes a delivery fast; the pump makes it certain.
"""

from __future__ import annotations

import logging
import os
import random
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connections, transaction

from deliveries import database, outbox, unavailable
from deliveries.accept import ghosts, ingest, waking
from deliveries.models import Notification, Worker
from deliveries.rocketchat.client import Client
from deliveries.send import roads, sender
from deliveries.watch import hints, watch

log = logging.getLogger(__name__)

_BEAT_EVERY = timedelta(seconds=5)
_WATCH_EVERY = timedelta(seconds=5)
_REREAD_EVERY = timedelta(seconds=60)
_local = threading.local()
# Set when this process has to end: every thread then finishes the message it is sending, and no more.
_stopping = threading.Event()


def worker_name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"[:100]


def drain(target_id: int, *, healthy_only: bool = True) -> int:
    """Drain a target with this thread's own client. Celery's threads and the pump's both come through here.

    A target that hangs keeps one thread of this process and no more: a second one would only hang beside it.
    """
    client: Client | None = getattr(_local, "client", None)
    if client is None:
        client = _local.client = roads.new_client()
    place = _places.enter(target_id)
    if place is None:
        return 0
    try:
        return sender.drain(
            target_id,
            client,
            clock=place.clock,
            worker=worker_name(),
            stop=_stopping.is_set,
            healthy_only=healthy_only,
        )
    finally:
        _places.leave(place)


def drain_if_possible(target_id: int, *, healthy_only: bool = True) -> None:
    """The same; what goes wrong is logged, and tried again by the pump."""
    try:
        drain(target_id, healthy_only=healthy_only)
    except Exception as error:
        unavailable.report(log, "What is due could not be sent; the pump tries again", error, f"target {target_id}")
        connections.close_all()


@dataclass(slots=True, eq=False)
class _Place:
    """A thread's place at a target. Its clock is asked before each message: that is how others see it move."""

    target_id: int
    moved_at: float

    def clock(self) -> datetime:
        self.moved_at = time.monotonic()
        return sender.utc_now()


class Places:
    """Who of this process is at which target."""

    def __init__(self) -> None:
        self._taken: dict[int, list[_Place]] = {}
        self._lock = threading.Lock()

    def enter(self, target_id: int) -> _Place | None:
        """A place at the target; None while a thread that is there does not move."""
        now = time.monotonic()
        with self._lock:
            there = self._taken.setdefault(target_id, [])
            if any(now - place.moved_at > _STUCK_AFTER_SECONDS for place in there):
                return None
            place = _Place(target_id, now)
            there.append(place)
            return place

    def leave(self, place: _Place) -> None:
        with self._lock:
            there = self._taken[place.target_id]
            there.remove(place)
            if not there:
                del self._taken[place.target_id]


_STUCK_AFTER_SECONDS = 1.0
_places = Places()


class Pump:
    """Looks every second, with jitter, for due targets, expired leases and unread notifications.

    Targets in trouble have threads of their own, so that however many of them hang, the others find one free.
    """

    def __init__(self, threads: int = 8, interval: float = 1.0, threads_for_trouble: int = 4) -> None:
        self._interval = interval
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="pump")
        self._trouble_pool = ThreadPoolExecutor(threads_for_trouble, thread_name_prefix="trouble")
        self._draining: set[int] = set()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="pump", daemon=True)
        self._reread_after = 0
        self._waker = waking.Waker()
        self._closer = ghosts.Closer()
        self._beat_at = self._reread_at = self._watched_at = datetime.min.replace(tzinfo=sender.utc_now().tzinfo)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Returns when every message the pump is sending is recorded. Celery's threads stop too."""
        _stopping.set()
        self._thread.join(timeout=5)
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._trouble_pool.shutdown(wait=True, cancel_futures=True)
        watch.leave(worker_name())

    def _run(self) -> None:
        while not _stopping.is_set():
            try:
                self.look(sender.utc_now())
            except Exception as error:
                # The database may be away for a while; the pump must outlive that.
                unavailable.report(log, "The pump could not look for due work and tries again", error)
                connections.close_all()
            database.release()
            _stopping.wait(self._interval * random.uniform(0.8, 1.2))  # noqa: S311
        connections.close_all()

    def look(self, now: datetime) -> None:
        """One round: say that this worker lives, take back what others lost, start draining what is due."""
        if _is_time(now, self._beat_at, _BEAT_EVERY):
            beat(worker_name(), now)
            self._beat_at = now
        outbox.recover(now)
        outbox.tend(now)
        if _is_time(now, self._watched_at, _WATCH_EVERY):
            outbox.owe_to_stand_ins(now)
            self._waker.look(now)
            watch.look(now)
            self._watched_at = now
        if _is_time(now, self._reread_at, _REREAD_EVERY):
            outbox.unfreeze(now)
            outbox.close_orphans(now)
            while outbox.expire_overdue(now) and not _stopping.is_set():
                pass
            self._closer.look(now)
            self._reread_after = read_unread(now, self._reread_after)
            self._reread_at = now
        for target_id, in_trouble in outbox.due_targets(now).items():
            self._drain_soon(target_id, in_trouble)

    def _drain_soon(self, target_id: int, in_trouble: bool) -> None:
        with self._lock:
            if target_id in self._draining:
                return
            self._draining.add(target_id)
        (self._trouble_pool if in_trouble else self._pool).submit(self._drain, target_id, in_trouble)

    def _drain(self, target_id: int, in_trouble: bool) -> None:
        try:
            drain_if_possible(target_id, healthy_only=not in_trouble)
        finally:
            database.release()
            with self._lock:
                self._draining.discard(target_id)


def _is_time(now: datetime, last: datetime, every: timedelta) -> bool:
    """A clock that was set back makes it time too: what mends that runs in these rounds."""
    return not timedelta(0) <= now - last < every


def beat(name: str, now: datetime) -> None:
    """Say that a worker lives, and how it reads hints; forget those that were not heard of for a day."""
    deaf = hints.reader.deaf
    said = {
        "seen_at": now,
        "hint_read_at": hints.reader.read_at,
        "deaf_since": deaf.since if deaf else None,
        "deaf_why": deaf.why if deaf else "",
    }
    with transaction.atomic():
        Worker.objects.update_or_create(name=name, defaults=said, create_defaults=said | {"started_at": now})
        Worker.objects.filter(seen_at__lt=now - timedelta(days=1)).delete()


def read_unread(now: datetime, after: int = 0, limit: int = 100) -> int:
    """Try again to route notifications that could not be routed when they came, those behind the id `after`.

    Returns where to go on next time, so that many that stay unreadable do not hide those behind them.
    """
    some = list(Notification.objects.filter(state=Notification.State.UNREAD, pk__gt=after).order_by("id")[:limit])
    for notification in some:
        try:
            ingest.reread(notification, now)
        except Exception as error:
            unavailable.report(log, "What is unread still cannot be routed", error, str(notification))
    return some[-1].pk if len(some) == limit else 0
