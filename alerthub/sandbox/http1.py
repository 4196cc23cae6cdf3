"""HTTP/1.1 as the sandbox speaks it: one request read from a socket, one answer turned into bytes.

Hand-made because http.server's e-mail parser takes most of the time a small post needs, and the sandbox is used in
benchmarks.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, BinaryIO
from urllib.parse import parse_qsl

MAX_LINE = 65_536
MAX_HEADERS = 200
MAX_BODY = 16 * 1024 * 1024
_PHRASES = {status.value: status.phrase for status in HTTPStatus}
# What Rocket.Chat's router puts on every answer.
_ROUTER_HEADERS = "cache-control: no-store\r\npragma: no-cache\r\n"


class Unreadable(ValueError):
    """The bytes are no HTTP request; `status` is what to answer before closing."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True, slots=True)
class Request:
    """`path` is still percent-encoded (tokens may hold an encoded slash); header names are lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    client: str
    keep_alive: bool = True

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "")

    def parameters(self) -> dict[str, str]:
        return dict(parse_qsl(self.query))


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


def json_answer(status: int, value: Any, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status, json.dumps(value, separators=(",", ":")).encode(), headers=headers or {})


def text_answer(status: int, text: str, content_type: str = "text/plain;charset=UTF-8") -> Answer:
    return Answer(status, text.encode(), content_type)


def read(stream: BinaryIO, client: str, go_on: Callable[[], object]) -> Request | None:
    """The next request, or None when the peer closed the connection. `go_on` answers `Expect: 100-continue`.

    Raises Unreadable.
    """
    line = stream.readline(MAX_LINE)
    if line in (b"\r\n", b"\n"):  # some clients send one empty line between requests
        line = stream.readline(MAX_LINE)
    if not line:
        return None
    words = line.decode("latin-1").split()
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        raise Unreadable(400, "the request line is not HTTP/1.x")
    headers = _read_headers(stream)
    if headers.get("expect", "").lower() == "100-continue":
        go_on()
    path, _, query = words[1].partition("?")
    connection = headers.get("connection", "").lower()
    keep_alive = "close" not in connection if words[2] != "HTTP/1.0" else "keep-alive" in connection
    return Request(words[0], path, query, headers, _read_body(stream, headers), client, keep_alive)


def _read_headers(stream: BinaryIO) -> dict[str, str]:
    headers: dict[str, str] = {}
    for _ in range(MAX_HEADERS):
        line = stream.readline(MAX_LINE)
        if line in (b"\r\n", b"\n", b""):
            return headers
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon:
            raise Unreadable(400, "a header line has no colon")
        # Interned because the journal keeps thousands of equal headers.
        headers[sys.intern(name.strip().lower())] = sys.intern(value.strip())
    raise Unreadable(431, "too many headers")


def _read_body(stream: BinaryIO, headers: Mapping[str, str]) -> bytes:
    if "chunked" in headers.get("transfer-encoding", "").lower():
        return _read_chunks(stream)
    try:
        length = int(headers.get("content-length") or 0)
    except ValueError:
        raise Unreadable(400, "content-length is no number") from None
    if not 0 <= length <= MAX_BODY:
        raise Unreadable(413, "the body is too large")
    body = stream.read(length) if length else b""
    if len(body) < length:
        raise Unreadable(400, "the body ended early")
    return body


def _read_chunks(stream: BinaryIO) -> bytes:
    body = bytearray()
    while True:
        try:
            size = int(stream.readline(MAX_LINE).split(b";")[0], 16)
        except ValueError:
            raise Unreadable(400, "a chunk has no size") from None
        if size < 0 or len(body) + size > MAX_BODY:
            raise Unreadable(413, "the body is too large")
        body += stream.read(size)
        stream.readline(MAX_LINE)
        if not size:
            return bytes(body)


def encode(answer: Answer, *, keep_alive: bool = True, bodiless: bool = False) -> bytes:
    """Status line, headers and body in one piece, so that one write sends it. `bodiless`: the answer to a HEAD."""
    extra = "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items())
    head = (
        f"HTTP/1.1 {answer.status} {_PHRASES.get(answer.status, 'Unknown')}\r\n"
        f"content-type: {answer.content_type}\r\n{_ROUTER_HEADERS}{extra}"
        f"content-length: {len(answer.body)}\r\nconnection: {'keep-alive' if keep_alive else 'close'}\r\n\r\n"
    )
    return head.encode("latin-1", "replace") + (b"" if bodiless else answer.body)
