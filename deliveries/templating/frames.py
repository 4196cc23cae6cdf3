"""How AlertHub and the process that renders speak: JSON behind its length, over a socket. JSON, because nothing that
comes from there is trusted more than a text.
"""

from __future__ import annotations

import json
import socket
import struct
import time
from typing import Any

LARGEST = 2 * 1024 * 1024  # bytes
_LENGTH = struct.Struct(">I")


class TooLarge(ValueError):
    """More than LARGEST bytes; nothing was sent."""


def send(channel: socket.socket, message: Any, until: float | None = None) -> None:
    """`until`: a moment of time.monotonic(). Raises TooLarge, TimeoutError, or another OSError when nobody listens."""
    body = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    if len(body) > LARGEST:
        raise TooLarge
    channel.settimeout(_left(until))
    channel.sendall(_LENGTH.pack(len(body)) + body)


def receive(channel: socket.socket, until: float | None = None) -> Any:
    """Raises EOFError when the other side is gone, TimeoutError at `until`, ValueError for what is no message."""
    (length,) = _LENGTH.unpack(_exactly(channel, _LENGTH.size, until))
    if length > LARGEST:
        raise ValueError
    return json.loads(_exactly(channel, length, until).decode("utf-8", "surrogatepass"))


def _exactly(channel: socket.socket, count: int, until: float | None) -> bytes:
    found = bytearray()
    while len(found) < count:
        channel.settimeout(_left(until))
        piece = channel.recv(min(count - len(found), 65536))
        if not piece:
            raise EOFError
        found += piece
    return bytes(found)


def _left(until: float | None) -> float | None:
    """Seconds; never 0, which would mean not to wait at all."""
    return None if until is None else max(until - time.monotonic(), 0.001)
