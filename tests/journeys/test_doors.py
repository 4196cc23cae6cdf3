"""Posts as odd proxies and careless people send them, over real sockets: taken if harmless, otherwise never without a trace."""

from __future__ import annotations

import json
import socket

import pytest

from tests.factories import alert, payload
from tests.journeys.stack import SOURCE_TOKEN, Stack, wait_until

pytestmark = pytest.mark.journey


def send(stack: Stack, start: str, *fields: str, word: str) -> int:
    """The status of the answer."""
    body = json.dumps(payload(alert(word), group=word))
    given = [f"Authorization: Bearer {SOURCE_TOKEN}", "Host: alerthub", "Connection: close", *fields]
    if not any(field.startswith("Content-Length") for field in fields):
        given.append(f"Content-Length: {len(body)}")
    host, _, port = stack.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=30) as client:
        client.sendall("\r\n".join([f"{start} HTTP/1.1", *given, "", body]).encode())
        return int(client.recv(10_000).split()[1])


@pytest.mark.parametrize(
    ("start", "fields"),
    [
        ("PUT /webhook", []),
        ("POST //webhook", []),
        ("POST /webhook//", []),
        ("POST http://alerthub/webhook", []),
        ("POST /webhook", ["X-Forwarded-Proto: https", "X-Forwarded-Proto: http"]),
        ("POST /webhook", ["X-Forwarded-Proto: https", "X-Forwarded-Ssl: off"]),
        ("POST /webhook", ["X-Forwarded-Proto: https", "X-Forwarded-Protocol: http"]),
        ("POST /webhook", ["SCRIPT_NAME: /elsewhere"]),
    ],
)
def test_what_is_harmless_is_taken(stack: Stack, start: str, fields: list[str], word: str) -> None:
    assert send(stack, start, *fields, word=word) == 202


@pytest.mark.parametrize(
    ("start", "fields", "status", "reason"),
    [
        ("POST /webhok", [], 404, "wrong_address"),
        ("POST /", [], 404, "wrong_address"),
        ("PATCH /webhook", [], 405, "wrong_address"),
        ("POST /webhook", ["Content-Length: 5", "Content-Length: 6"], 400, "unreadable"),
        ("POST /webhook", ["Host: another"], 400, "unreadable"),
        ("post /webhook", [], 400, "unreadable"),
    ],
)
def test_what_cannot_be_taken_is_kept(
    stack: Stack, start: str, fields: list[str], status: int, reason: str, word: str
) -> None:
    agent = f"User-Agent: {word}"
    assert send(stack, start, *fields, agent, word=word) == status
    query = f"SELECT status_code, reason, source_name FROM deliveries_rejectedrequest WHERE sender LIKE '%{word}'"
    wait_until(lambda: stack.trail.rows(query) == [(status, reason, "alertmanager")], 20, "the rejected request")
