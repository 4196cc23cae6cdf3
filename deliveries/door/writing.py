"""Whether this process can store what comes: a small write now and then, and what the last posts met.

Reading says nothing of that: a standby, a write-protected file and a full disk answer every question. And on a full disk
a small change may still find room in what a table has already, while a post finds none.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import Error, connection, transaction

from deliveries import unavailable
from deliveries.models import Watch
from deliveries.unavailable import Why

EVERY_SECONDS = 5.0
REMEMBERED_SECONDS = 60.0
"""After that nobody knows any more what a post would meet: perhaps none comes."""
_IN_A_ROW = 3
_PATIENCE_MILLISECONDS = 1000


class Posts:
    """What the last posts of this process met. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failed_at, self._in_a_row, self._why = float("-inf"), 0, Why.MISTAKE

    def stored(self) -> None:
        # Read without the lock: it is asked for at every post.
        if self._in_a_row:
            with self._lock:
                self._in_a_row = 0

    def failed(self, why: Why, now: float) -> None:
        if why is not Why.BODY:
            with self._lock:
                self._failed_at, self._in_a_row, self._why = now, self._in_a_row + 1, why

    def trouble(self, now: float) -> Why | None:
        """Why posts are not stored, as far as the last ones tell: a lock that one met is no verdict."""
        with self._lock:
            if not self._in_a_row or now - self._failed_at > REMEMBERED_SECONDS:
                return None
            return self._why if self._why.stops_writing or self._in_a_row >= _IN_A_ROW else None


posts = Posts()
"""Of this process."""

_turn = threading.Lock()
_tried: tuple[float, Why | None] | None = None


def trouble(now: datetime, moment: float) -> Why | None:
    """Why nothing can be written, found by a small write at most every 5 seconds. `moment`: `now` as monotonic seconds.

    Raises django.db.Error for a database that is away.
    """
    global _tried
    with _turn:
        if _tried is None or moment - _tried[0] >= EVERY_SECONDS:
            _tried = moment, _write(now)
        return _tried[1]


def forget() -> None:
    """Drop what is kept in memory."""
    global _tried
    posts.stored()
    _tried = None


def _write(now: datetime) -> Why | None:
    try:
        with _hurry(), transaction.atomic():
            # Whoever holds it is writing: nobody waits for another one here.
            row = Watch.objects.select_for_update(skip_locked=True).first()
            if row is not None:
                Watch.objects.filter(pk=row.pk).update(written_at=now)
            else:
                Watch.objects.bulk_create([Watch(pk=1, written_at=now)], ignore_conflicts=True)
    except Error as error:
        found = unavailable.why(error)
        if found in (Why.AWAY, Why.MISTAKE):
            raise
        return None if found is Why.LOCKED else found
    return None


@contextmanager
def _hurry() -> Iterator[None]:
    """SQLite has one lock for all who write, and posts wait for it for long; who asks whether it can be had does not."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA busy_timeout = {_PATIENCE_MILLISECONDS}")
        try:
            yield
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {connection.settings_dict['OPTIONS'].get('timeout', 5) * 1000:.0f}")
