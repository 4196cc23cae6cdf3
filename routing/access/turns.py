"""Turns at something dear: few at once, few who wait, and a refusal at once for all others.

For what burns the processor inside a web process, so that posts always find a thread and a moment.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore


class NoTurn(Exception):
    """Too many are at it, or wait for it."""


class Turns:
    """At most `at_once` are at it; of the others `waiting` wait, each at most `patience` seconds. For this process."""

    def __init__(self, at_once: int, waiting: int, patience: float) -> None:
        self._turns = BoundedSemaphore(at_once)
        self._places = BoundedSemaphore(at_once + waiting)
        self._patience = patience

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Have a turn while the block runs. Raises NoTurn."""
        if not self._places.acquire(blocking=False):
            raise NoTurn
        try:
            if not self._turns.acquire(timeout=self._patience):
                raise NoTurn
            try:
                yield
            finally:
                self._turns.release()
        finally:
            self._places.release()
