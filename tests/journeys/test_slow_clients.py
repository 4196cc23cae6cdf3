"""Five hundred clients without a token that are slow in every way, and posts that are answered all the same."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from statistics import median

import pytest

from tests.factories import alert, payload
from tests.journeys.stack import Stack

pytestmark = pytest.mark.journey

POSTS = 12
HEAD = b"POST /webhook HTTP/1.1\r\nHost: alerthub\r\n"
LARGE = "/static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js"
Begin = Callable[[socket.socket], object]


def drips_its_head(client: socket.socket) -> None:
    client.sendall(HEAD + b"X-Drip: ")


def drips_its_body(client: socket.socket) -> None:
    client.sendall(HEAD + b"Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n{")


def says_nothing(client: socket.socket) -> None:
    pass


def is_idle_after_an_answer(client: socket.socket) -> None:
    client.sendall(b"GET /livez HTTP/1.1\r\nHost: alerthub\r\n\r\n")
    assert b"alive" in client.recv(10_000)


def does_not_read(client: socket.socket) -> None:
    client.sendall(f"GET {LARGE} HTTP/1.1\r\nHost: alerthub\r\n\r\n".encode())


KINDS: dict[Begin, int] = {
    drips_its_head: 150,
    drips_its_body: 150,
    says_nothing: 80,
    is_idle_after_an_answer: 80,
    does_not_read: 40,
}


@pytest.fixture
def slow(stack: Stack) -> Iterator[dict[Begin, list[socket.socket]]]:
    with ExitStack() as opened:
        yield {begin: [opened.enter_context(client(stack, begin)) for _ in range(KINDS[begin])] for begin in KINDS}


def client(stack: Stack, begin: Begin) -> socket.socket:
    host, _, port = stack.url.removeprefix("http://").partition(":")
    opened = socket.socket()
    if begin is does_not_read:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    opened.settimeout(20)
    opened.connect((host, int(port)))
    begin(opened)
    return opened


def is_open(client: socket.socket) -> bool:
    client.setblocking(False)
    try:
        return client.recv(1, socket.MSG_PEEK) != b""
    except BlockingIOError:
        return True
    except ConnectionResetError:
        return False


def test_posts_are_answered_beside_five_hundred_slow_clients(
    stack: Stack, slow: dict[Begin, list[socket.socket]], word: str
) -> None:
    took = []
    for number in range(POSTS):
        for dripping in (drips_its_head, drips_its_body):
            for each in slow[dripping]:
                each.sendall(b"x")
        answer = stack.receive(payload(alert(f"{word}{number}"), group=f"{word}{number}"))
        assert answer.status == 202
        took.append(answer.seconds)
    held = {begin.__name__: sum(map(is_open, clients)) for begin, clients in slow.items()}
    assert held == {begin.__name__: number for begin, number in KINDS.items()}
    assert median(took) < 1, took
    assert max(took) < 5, took
