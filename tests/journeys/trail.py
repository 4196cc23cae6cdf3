"""The audit trail of a running stack, read from its database: what a story may believe is what was committed."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg


@dataclass(frozen=True, slots=True)
class Attempt:
    number: int
    outcome: str
    reason: str
    status_code: int | None
    worker: str

    @property
    def worker_pid(self) -> int:
        return int(self.worker.rpartition(":")[2])


@dataclass(frozen=True, slots=True)
class Delivery:
    id: int
    notification: int
    target: str
    status: str
    title: str
    state: str
    unknown_count: int
    kind: str
    carried_by: int | None
    is_open: bool
    attempts: tuple[Attempt, ...]

    @property
    def reasons(self) -> list[str]:
        """Of its attempts, in order; "" for the one that delivered it."""
        return [attempt.reason for attempt in self.attempts]


@dataclass(frozen=True, slots=True)
class Notification:
    id: int
    state: str
    duplicate_of: int | None
    body: bytes


def _unpacked(kept: bytes) -> bytes:
    """As it came: long bodies are kept as zlib packs them, and no JSON begins so."""
    return zlib.decompress(kept) if bytes(kept).startswith(b"x") else bytes(kept)


class Trail:
    """Reads with its own connection each time, so it never holds a lock the processes wait for."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url

    def notifications(self) -> list[Notification]:
        rows = self.rows("SELECT id, state, duplicate_of_id, body FROM deliveries_notification ORDER BY id")
        return [Notification(number, state, duplicate, _unpacked(body)) for number, state, duplicate, body in rows]

    def deliveries(self, *notifications: int) -> list[Delivery]:
        """Of these notifications, or all; in the order they were owed."""
        attempts: dict[int, list[Attempt]] = {}
        for delivery, *fields in self.rows(
            "SELECT delivery_id, number, outcome, reason, status_code, worker FROM deliveries_attempt ORDER BY number"
        ):
            attempts.setdefault(delivery, []).append(Attempt(*fields))
        return [
            Delivery(*(*fields, bool(is_open), tuple(attempts.get(fields[0], ()))))
            for *fields, is_open in self.rows(
                "SELECT id, notification_id, target_name, status, title, state, unknown_count, kind, carried_by_id,"
                " ended_at IS NULL FROM deliveries_delivery ORDER BY id"
            )
            if not notifications or fields[1] in notifications
        ]

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        with self._connected() as connection:
            return list(connection.execute(statement).fetchall())

    def change(self, statement: str) -> None:
        """Edit as a person would, where there is no page for it."""
        with self._connected() as connection:
            connection.execute(statement)
            connection.commit()

    @contextmanager
    def _connected(self) -> Iterator[Any]:
        if self._url.startswith("sqlite:"):
            opened: Any = sqlite3.connect(self._url.removeprefix("sqlite:///"), timeout=20)
        else:
            opened = psycopg.connect(self._url)
        with closing(opened) as connection:
            yield connection
