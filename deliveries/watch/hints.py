"""Hints as one worker reads them: when it read the last, and since when some lie in the broker that it does not read.

A consumer can be connected and read nothing for ever, and the pump hides that. So each worker looks how many hints lie
in the broker, and says in its row what it sees: `deaf` in `troubles` makes a trouble of it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from deliveries.watch.broker import Unreachable

EVERY_SECONDS = 5.0


class Why(StrEnum):
    UNREAD = "unread"
    AWAY = "away"
    """The broker cannot be asked."""


@dataclass(frozen=True, slots=True)
class Deaf:
    """That this worker reads no hints, since when, and why."""

    since: datetime
    why: Why


@dataclass(frozen=True, slots=True)
class Look:
    """`waiting`: hints in the broker, None if that could not be asked; `read`: one was read since the look before;
    `busy`: none can be read, for every thread has one already."""

    at: datetime
    waiting: int | None
    read: bool = False
    busy: bool = False


def judged(look: Look, before: Deaf | None) -> Deaf | None:
    """What is true after a look, given what was before it. A clock that was set back begins anew."""
    if look.waiting is None:
        why = Why.AWAY
    elif look.waiting and not look.read and not look.busy:
        why = Why.UNREAD
    else:
        return None
    return before if before and before.why is why and before.since <= look.at else Deaf(look.at, why)


class Reader:
    """What this process reads of the broker. `deaf` is as of the last look."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._now_reading = self._read_since_look = 0
        self.read_at: datetime | None = None
        self.deaf: Deaf | None = None

    @contextmanager
    def reading(self, now: datetime) -> Iterator[None]:
        """Around all that one hint makes a thread do."""
        with self._lock:
            self._now_reading += 1
            self._read_since_look += 1
            self.read_at = now
        try:
            yield
        finally:
            with self._lock:
                self._now_reading -= 1

    def look(self, waiting: Callable[[], int], threads: int, now: datetime) -> None:
        """`waiting` raises Unreachable; `threads`: how many hints can be read at once."""
        number: int | None = None
        try:
            number = waiting()
        except Unreachable:
            pass
        with self._lock:
            read, self._read_since_look = self._read_since_look > 0, 0
            self.deaf = judged(Look(now, number, read, busy=self._now_reading >= threads), self.deaf)


reader = Reader()
"""Of this process."""


class Lookout:
    """A thread that looks every few seconds: asking a broker that does not answer may take long."""

    def __init__(self, waiting: Callable[[], int], threads: int) -> None:
        self._waiting, self._threads = waiting, threads
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hints", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._over.set()

    def _run(self) -> None:
        while not self._over.wait(EVERY_SECONDS):
            reader.look(self._waiting, self._threads, datetime.now(UTC))
