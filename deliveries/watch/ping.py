"""The outgoing ping: as long as somebody elsewhere hears it, AlertHub delivers. Its address is a secret."""

from __future__ import annotations

import logging
import threading
import time
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from deliveries.redaction import origin_of
from deliveries.rocketchat import failures
from deliveries.wire import dial
from deliveries.wire.connections import Pool, TLSPool
from deliveries.wire.dial import Call
from deliveries.wire.networks import AddressPolicy

log = logging.getLogger(__name__)

DEADLINE = 10.0
"""Seconds for the whole call."""
_CONNECT_WITHIN = 5.0
_under_way = threading.Lock()

# urllib3 writes the path of the address into these logs.
for _name in ("urllib3.connection", "urllib3.connectionpool", "urllib3.util.retry", "urllib3.response"):
    logging.getLogger(_name).addFilter(lambda record: False)


def due(pinged_at: datetime | None, every: timedelta, now: datetime) -> bool:
    """Whether the interval is over; a clock that was set back does not silence."""
    return pinged_at is None or not timedelta(0) <= now - pinged_at < every


def send_soon(url: str, user_agent: str, policy: AddressPolicy) -> threading.Thread | None:
    """Ping in a thread of its own, so that nobody waits for it; None if the last one is still under way."""
    if not _under_way.acquire(blocking=False):
        return None
    thread = threading.Thread(target=_send, args=(url, user_agent, policy), name="ping", daemon=True)
    try:
        thread.start()
    except RuntimeError:  # no more threads
        _under_way.release()
        return None
    return thread


def _send(url: str, user_agent: str, policy: AddressPolicy) -> None:
    try:
        if trouble := get(url, user_agent, policy):
            log.warning("The ping to %s did not arrive: %s", origin_of(url), trouble)
    except Exception as error:
        # Without its text, which may hold the address.
        log.error("The ping met a mistake of ours: %s", type(error).__name__)
    finally:
        _under_way.release()


def get(url: str, user_agent: str, policy: AddressPolicy, deadline: float = DEADLINE) -> str:
    """One GET, redirects not followed. "" when it was answered with a 2xx, else what went wrong, without the address."""
    started = time.monotonic()
    call = Call(started + deadline, started + min(_CONNECT_WITHIN, deadline), policy)
    try:
        with dial.calling(call):
            status = _status(url, user_agent)
    except failures.TROUBLE as trouble:
        return str(trouble) if isinstance(trouble, dial.DialError) else _words(trouble, call, deadline)
    return "" if 200 <= status < 300 else f"it was answered with {status}."


def _status(url: str, user_agent: str) -> int:
    parts = urlsplit(url)
    pool = _pool(parts.scheme, parts.hostname or "", parts.port)
    headers = {"User-Agent": user_agent, "Accept-Encoding": "identity", "Connection": "close"}
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        answer = pool.urlopen("GET", path, headers=headers, retries=False, redirect=False, preload_content=False)
        answer.close()  # what it says does not matter, however long it is
        return answer.status
    finally:
        pool.close()


def _pool(scheme: str, host: str, port: int | None) -> Any:
    if scheme == "https":
        return TLSPool(host, port, ssl_context=dial.tls_context(verify=True, ca_file=""))
    return Pool(host, port)


def _words(trouble: Exception, call: Call, deadline: float) -> str:
    if call.is_over():
        return f"no answer within {deadline:g} s."
    return f"{failures.reason_of(trouble).label.lower()} while {call.stage.value}."
