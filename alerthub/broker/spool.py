"""The embedded broker: each hint is a small file in a folder of this machine. A transport for kombu, below Celery.

kombu's own filesystem transport shows a file before it has its content, and the worker that reads it then ends.
Here a file appears whole, what cannot be read is skipped, and a folder that is gone only means that no hint comes.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.transport import virtual
from kombu.utils.json import dumps, loads

_LOOK_UP_AFTER = 0.3  # seconds


class Channel(virtual.Channel):
    """Queues as files, the oldest first: `TIME-ID.QUEUE`. Taken by whoever deletes the file."""

    supports_fanout = False

    @property
    def _folder(self) -> Path:
        return Path(self.connection.client.transport_options["folder"])

    def _put(self, queue: str, message: dict[str, Any], **kwargs: Any) -> None:
        name = f"{time.time_ns():020}-{uuid.uuid4().hex}.{queue}"
        unfinished = self._folder / f".{name}"
        unfinished.write_text(dumps(message), encoding="utf-8")
        unfinished.rename(self._folder / name)

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        for path in self._files(queue):
            try:
                text = path.read_text(encoding="utf-8")
                path.unlink()
                return loads(text)
            except (OSError, ValueError):
                continue  # another worker was faster, or it is no hint of ours
        raise Empty

    def _size(self, queue: str) -> int:
        return sum(1 for _ in self._files(queue))

    def _purge(self, queue: str) -> int:
        found = list(self._files(queue))
        for path in found:
            path.unlink(missing_ok=True)
        return len(found)

    def _files(self, queue: str) -> Iterator[Path]:
        try:
            yield from sorted(self._folder.glob(f"[0-9]*.{queue}"))
        except OSError:
            return


class Transport(virtual.Transport):
    """Connecting makes the folder; if that cannot be done, it is a broker that cannot be reached."""

    Channel = Channel
    driver_type = driver_name = "filesystem"
    connection_errors: Any = (*virtual.Transport.connection_errors, OSError)
    # No host and no port: without this kombu warns that it was given none.
    default_connection_params: dict[str, Any] = {}
    # Shared by every connection of a process, as the folder is.
    _state = virtual.BrokerState()

    def __init__(self, client: Any, **kwargs: Any) -> None:
        super().__init__(client, **kwargs)
        self.state = self._state
        self._folder = Path(client.transport_options["folder"])

    def establish_connection(self) -> Any:
        self._folder.mkdir(parents=True, exist_ok=True)
        return super().establish_connection()

    def drain_events(self, connection: Any, timeout: float | None = None, **kwargs: Any) -> Any:
        # A worker looks only in between whether it was asked to stop.
        return super().drain_events(connection, timeout=min(timeout or _LOOK_UP_AFTER, _LOOK_UP_AFTER))

    def driver_version(self) -> str:
        return "1"
