"""A broker that takes every message and delivers none: a transport for kombu, Celery's carrier. For tests only.

`python -m tests.lossy celery -A alerthub worker` is `python -m celery -A alerthub worker` in a process that knows it.
"""

from __future__ import annotations

import runpy
import sys
from queue import Empty
from typing import Any, NoReturn

from kombu.transport import TRANSPORT_ALIASES, virtual

URL = "loses://"
_LOOK_UP_AFTER = 0.3  # seconds


class Channel(virtual.Channel):
    """Queues that are always empty."""

    supports_fanout = False

    def _put(self, queue: str, message: dict[str, Any], **kwargs: Any) -> None:
        """It is gone."""

    def _get(self, queue: str, timeout: float | None = None) -> NoReturn:
        raise Empty

    def _size(self, queue: str) -> int:
        return 0

    def _purge(self, queue: str) -> int:
        return 0


class Transport(virtual.Transport):
    """Connecting always works: nothing looks wrong, save that no message ever arrives."""

    Channel = Channel
    driver_type = driver_name = "loses"
    default_connection_params: dict[str, Any] = {}
    polling_interval = 0.1

    def drain_events(self, connection: Any, timeout: float | None = None, **kwargs: Any) -> Any:
        # A worker looks only in between whether it was asked to stop.
        return super().drain_events(connection, timeout=min(timeout or _LOOK_UP_AFTER, _LOOK_UP_AFTER))

    def driver_version(self) -> str:
        return "1"


def register() -> None:
    """From now on this process knows `loses://`."""
    TRANSPORT_ALIASES["loses"] = "tests.lossy:Transport"


if __name__ == "__main__":
    register()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
