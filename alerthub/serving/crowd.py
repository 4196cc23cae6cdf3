"""All connections of a process: what each is watched for, until when, how much it holds, and who is closed first."""

from __future__ import annotations

import selectors
import time
from collections.abc import Callable
from itertools import chain
from typing import Any

from alerthub.serving.connection import Connection, Phase

# Who is closed when there are too many: those who lose least by it, and of these the oldest.
_FIRST_TO_GO = (Phase.CLOSING, Phase.IDLE, Phase.READING, Phase.SENDING)
_HOLDS_MUCH = 64 * 1024


class Crowd:
    def __init__(self, poller: selectors.BaseSelector) -> None:
        self._poller = poller
        # Dictionaries keep the order in which they came.
        self._phases: dict[Phase, dict[Connection, None]] = {phase: {} for phase in Phase}
        self.held = 0
        """Bytes of bodies and answers that wait."""

    def __len__(self) -> int:
        return sum(map(len, self._phases.values()))

    def wait(self, connection: Connection, phase: Phase, seconds: float, happened: Callable[[Any], None]) -> None:
        """For what the client does next, so many seconds at most; `happened` is then called with its socket."""
        self._put(connection, phase, time.monotonic() + seconds)
        events = selectors.EVENT_WRITE if phase is Phase.SENDING else selectors.EVENT_READ
        try:
            self._poller.modify(connection.socket, events, happened)
        except KeyError:
            self._poller.register(connection.socket, events, happened)

    def leave_alone(self, connection: Connection) -> None:
        """A thread has it."""
        self._forget(connection)
        self._put(connection, Phase.BUSY, float("inf"))

    def close(self, connection: Connection) -> None:
        """Also one that is closed: room is made while what it sent is on its way to be read."""
        if connection not in self._phases[connection.phase]:
            return
        self._forget(connection)
        del self._phases[connection.phase][connection]
        self.hold(connection, 0)
        connection.close()

    def close_all(self) -> None:
        for connection in list(chain.from_iterable(self._phases.values())):
            self.close(connection)

    def make_room(self) -> bool:
        """Close the one who loses least. False if everybody is being answered."""
        first = next((connection for phase in _FIRST_TO_GO for connection in self._phases[phase]), None)
        if first is not None:
            self.close(first)
        return first is not None

    def hold(self, connection: Connection, size: int) -> None:
        self.held += size - connection.held
        connection.held = size

    def first_that_holds_much(self) -> Connection | None:
        waiting = chain(self._phases[Phase.READING], self._phases[Phase.SENDING])
        return next((connection for connection in waiting if connection.held >= _HOLDS_MUCH), None)

    def overdue(self, now: float) -> list[Connection]:
        """Those whose time is over; what a thread has is not ours to end."""
        waiting = chain.from_iterable(self._phases[phase] for phase in _FIRST_TO_GO)
        return [connection for connection in waiting if connection.until <= now]

    def hurry(self, begun: float, others: float) -> None:
        """Who has begun a request may finish it until `begun`, who has not may only see that nothing comes any more."""
        for connection in chain(self._phases[Phase.IDLE], self._phases[Phase.READING]):
            connection.until = min(connection.until, begun if connection.began else others)

    def _put(self, connection: Connection, phase: Phase, until: float) -> None:
        self._phases[connection.phase].pop(connection, None)
        self._phases[phase][connection] = None
        connection.phase, connection.until = phase, until

    def _forget(self, connection: Connection) -> None:
        try:
            self._poller.unregister(connection.socket)
        except KeyError:
            pass
