"""A plain HTTP client for the sandbox's tests: one request, one connection, nothing followed or tried again."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Answered:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> str:
        return str(self.json["error"])


def send(
    url: str,
    body: bytes = b"",
    *,
    method: str = "POST",
    content_type: str = "application/json",
    headers: dict[str, str] | None = None,
    timeout: float = 5,
) -> Answered:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout)
    try:
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request(method, target, body or None, {"Content-Type": content_type, **(headers or {})})
        answer = connection.getresponse()
        return Answered(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


def post(url: str, payload: Any, **options: Any) -> Answered:
    return send(url, json.dumps(payload).encode(), **options)


def get(url: str, **options: Any) -> Answered:
    return send(url, method="GET", **options)
