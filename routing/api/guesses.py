"""Wrong API tokens, counted by address in this process: guessing costs a hash, and after some tries not even a query.

Tokens have 256 random bits, so nobody guesses one; what is bounded is the work.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Any

MOST = 30
WITHIN = timedelta(minutes=1)
_REMEMBERED = 1_000


class Guesses:
    """For any number of threads. Forgets the oldest of 1,000 addresses and of 1,000 tokens."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wrong: OrderedDict[str, tuple[datetime, int]] = OrderedDict()
        self._right: OrderedDict[str, None] = OrderedDict()

    def wait(self, address: str, digest: str, now: datetime) -> float:
        """Seconds until this token may be tried from this address; 0 for now.

        A token that was right before is always tried: a wrong one beside it, at the same address, must not stop it.
        """
        with self._lock:
            since, count = self._wrong.get(address, (now, 0))
            left = (since + WITHIN - now).total_seconds()
            return left if count >= MOST and left > 0 and digest not in self._right else 0.0

    def wrong(self, address: str, now: datetime) -> None:
        with self._lock:
            since, count = self._wrong.pop(address, (now, 0))
            self._wrong[address] = (since, count + 1) if now - since < WITHIN else (now, 1)
            _shorten(self._wrong)

    def right(self, digest: str) -> None:
        with self._lock:
            self._right[digest] = None
            self._right.move_to_end(digest)
            _shorten(self._right)

    def forget(self) -> None:
        with self._lock:
            self._wrong.clear()
            self._right.clear()


def _shorten(remembered: OrderedDict[str, Any]) -> None:
    while len(remembered) > _REMEMBERED:
        remembered.popitem(last=False)
