"""The pump: a thread in every worker process that finds due work in the database, with or without a broker.

A hint through Celery makes a delivery fast; the pump makes it certain.
"""

from __future__ import annotations

import logging
import os
import random
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from django.db import close_old_connections, connections, transaction

from deliveries import ingest, outbox, sender
from deliveries.models import Notification, Worker
from deliveries.rocketchat import Client

log = logging.getLogger(__name__)

_BEAT_EVERY = timedelta(seconds=5)
_REREAD_EVERY = timedelta(seconds=60)
_local = threading.local()
# Set when this process has to end: every thread then finishes the message it is sending, and no more.
_stopping = threading.Event()


def worker_name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"[:100]


def drain(target_id: int) -> int:
    """Drain a target with this thread's own client. Celery's threads and the pump's both come through here."""
    client: Client | None = getattr(_local, "client", None)
    if client is None:
        client = _local.client = sender.new_client()
    return sender.drain(target_id, client, clock=sender.utc_now, worker=worker_name(), stop=_stopping.is_set)


class Pump:
    """Looks every second, with jitter, for due targets, expired leases and unread notifications."""

    def __init__(self, threads: int = 8, interval: float = 1.0) -> None:
        self._interval = interval
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="pump")
        self._draining: set[int] = set()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="pump", daemon=True)
        self._reread_after = 0
        self._beat_at = self._reread_at = datetime.min.replace(tzinfo=sender.utc_now().tzinfo)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Returns when every message the pump is sending is recorded. Celery's threads stop too."""
        _stopping.set()
        self._thread.join(timeout=5)
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _run(self) -> None:
        while not _stopping.is_set():
            try:
                self.look(sender.utc_now())
            except Exception:
                # The database may be away for a while; the pump must outlive that.
                log.exception("The pump could not look for due work; it tries again.")
                connections.close_all()
            _stopping.wait(self._interval * random.uniform(0.8, 1.2))  # noqa: S311
        connections.close_all()

    def look(self, now: datetime) -> None:
        """One round: say that this worker lives, take back what others lost, start draining what is due."""
        close_old_connections()
        if now - self._beat_at >= _BEAT_EVERY:
            beat(worker_name(), now)
            self._beat_at = now
        outbox.recover(now)
        if now - self._reread_at >= _REREAD_EVERY:
            outbox.close_orphans(now)
            outbox.expire_overdue(now)
            self._reread_after = read_unread(now, self._reread_after)
            self._reread_at = now
        for target_id in outbox.due_targets(now):
            self._drain_soon(target_id)

    def _drain_soon(self, target_id: int) -> None:
        with self._lock:
            if target_id in self._draining:
                return
            self._draining.add(target_id)
        self._pool.submit(self._drain, target_id)

    def _drain(self, target_id: int) -> None:
        try:
            close_old_connections()
            drain(target_id)
        except Exception:
            log.exception("Draining target %s failed; the pump tries again.", target_id)
            connections.close_all()
        finally:
            with self._lock:
                self._draining.discard(target_id)


def beat(name: str, now: datetime) -> None:
    """Say that a worker lives; forget those that were not heard of for a day."""
    with transaction.atomic():
        Worker.objects.update_or_create(
            name=name, defaults={"seen_at": now}, create_defaults={"started_at": now, "seen_at": now}
        )
        Worker.objects.filter(seen_at__lt=now - timedelta(days=1)).delete()


def read_unread(now: datetime, after: int = 0, limit: int = 100) -> int:
    """Try again to route notifications that could not be routed when they came, those behind the id `after`.

    Returns where to go on next time, so that many that stay unreadable do not hide those behind them.
    """
    some = list(Notification.objects.filter(state=Notification.State.UNREAD, pk__gt=after).order_by("id")[:limit])
    for notification in some:
        try:
            ingest.reread(notification, now)
        except Exception:
            log.exception("%s still cannot be routed.", notification)
    return some[-1].pk if len(some) == limit else 0
