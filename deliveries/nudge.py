"""Hints from the web to the workers: "target 7 has work". Best effort, off the request's path, no data in them.

If the broker is away, hints are dropped: the pump finds the rows.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Iterable

from deliveries.tasks import drain

log = logging.getLogger(__name__)

_GATHER_SECONDS = 0.05
_waiting: queue.Queue[int] = queue.Queue(maxsize=1000)
_start = threading.Lock()
_thread: threading.Thread | None = None


def targets(target_ids: Iterable[int]) -> None:
    """Never blocks and never raises."""
    _ensure_thread()
    for target_id in target_ids:
        try:
            _waiting.put_nowait(target_id)
        except queue.Full:
            return


def _ensure_thread() -> None:
    # Started by the first request and not at import, because gunicorn may fork after importing.
    global _thread
    with _start:
        if _thread is None or not _thread.is_alive():
            _thread = threading.Thread(target=_publish, name="nudge", daemon=True)
            _thread.start()


def _publish() -> None:
    while True:
        publish_waiting()
        # A storm of posts for one target needs one hint, not one each.
        time.sleep(_GATHER_SECONDS)


def publish_waiting() -> None:
    """Wait for a hint, then publish all that wait, each target once."""
    target_ids = {_waiting.get()}
    while not _waiting.empty():
        target_ids.add(_waiting.get())
    for target_id in target_ids:
        try:
            drain.apply_async((target_id,), retry=False, expires=60)
        except Exception as error:
            log.warning("The broker took no hint (%s); workers find the work by themselves.", type(error).__name__)
            return
