"""What was found of a text a few minutes ago, so that it is not tried again for each message, nor for each question."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable

_MOST = 256


class Remembered:
    """Texts, or pairs of them, and what was found; a changed one is another one. For any number of threads.

    It is known for `seconds`, as `clock` counts them.
    """

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self._seconds, self._clock = seconds, clock
        self._lock = threading.Lock()
        self._found: dict[Hashable, tuple[float, str]] = {}

    def add(self, version: Hashable, found: str) -> None:
        with self._lock:
            self._found.pop(version, None)
            while len(self._found) >= _MOST:
                del self._found[next(iter(self._found))]
            self._found[version] = (self._clock(), found)

    def forget(self) -> None:
        with self._lock:
            self._found.clear()

    def get(self, version: Hashable) -> str | None:
        with self._lock:
            since, found = self._found.get(version, (0.0, ""))
            if version not in self._found or self._clock() - since >= self._seconds:
                return None
            return found
