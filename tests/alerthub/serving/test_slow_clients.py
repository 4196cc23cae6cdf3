"""A request takes a thread only when it is here whole, whoever is slow and however many they are."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from tests.alerthub.served import (
    BEGUN,
    BODY_BEGUN,
    MANY,
    Served,
    answers,
    connections,
    everything,
    post,
    serving,
)

pytestmark = pytest.mark.anywhere


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A request must have come within a second."""
    with serving(tmp_path_factory.mktemp("hasty"), seconds=1) as process:
        yield process


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """There are at most 40 connections, and nobody is closed for being slow."""
    options = "--worker-connections 40 --keep-alive 60"
    with serving(tmp_path_factory.mktemp("small"), options=options) as process:
        yield process


def is_open(client: socket.socket) -> bool:
    client.setblocking(False)
    try:
        return client.recv(1) != b""
    except BlockingIOError:
        return True
    finally:
        client.settimeout(20)


@pytest.mark.parametrize("begin", [b"", b"P", BEGUN, BODY_BEGUN], ids=["silent", "one byte", "head", "body"])
def test_clients_that_are_slow_to_send_hold_no_thread(served: Served, begin: bytes) -> None:
    slow = connections(served, begin)
    assert [told["bytes"] for told in served.ask(post(b"hello"))] == [5]
    assert all(map(is_open, slow))
    for client in slow:
        client.close()


def test_a_slow_client_is_answered_once_it_sent_all(served: Served) -> None:
    with served.connect() as client:
        for byte in post(b"hello"):
            client.sendall(bytes([byte]))
        assert [told["bytes"] for told in answers(everything(client))] == [5]


def test_clients_that_do_not_read_hold_no_thread(served: Served) -> None:
    size = 3 * 1024 * 1024
    slow = [served.connect(receive=4096) for _ in range(20)]
    for client in slow:
        client.sendall(b"GET /large?%d HTTP/1.1\r\nHost: alerthub\r\nConnection: close\r\n\r\n" % size)
    assert [told["bytes"] for told in served.ask(post(b"hello"))] == [5]
    assert len(everything(slow[-1]).partition(b"\r\n\r\n")[2]) == size
    for client in slow:
        client.close()


def test_an_answer_larger_than_what_may_wait_arrives_whole(served: Served) -> None:
    with served.connect(receive=4096) as client:
        client.sendall(b"GET /large?9000000 HTTP/1.1\r\nHost: alerthub\r\nConnection: close\r\n\r\n")
        assert len(everything(client).partition(b"\r\n\r\n")[2]) == 9_000_000


def test_pages_take_no_thread_of_the_posts(served: Served) -> None:
    waiting = connections(served, b"GET /hang HTTP/1.1\r\nHost: alerthub\r\nConnection: close\r\n\r\n", 20)
    assert [told["bytes"] for told in served.ask(post(b"hello"))] == [5]
    assert served.ask(b"GET /livez HTTP/1.1\r\nHost: alerthub\r\nConnection: close\r\n\r\n")
    assert [answers(everything(client))[0]["asked"] for client in waiting] == ["GET /hang"] * 20


@pytest.mark.parametrize("begin", [BEGUN, BEGUN + b"Content-Length: 1000\r\n\r\n"], ids=["head", "body"])
def test_a_request_has_one_deadline_however_busily_it_drips(hasty: Served, begin: bytes) -> None:
    with hasty.connect() as client:
        client.sendall(begin)
        client.settimeout(0.1)
        said = b""
        for _ in range(100):
            try:
                said += client.recv(1000)
                break
            except TimeoutError:
                client.sendall(b"x")
    assert said.startswith(b"HTTP/1.1 503 ")


def test_who_says_nothing_is_left_without_a_word(hasty: Served) -> None:
    with hasty.connect() as client:
        assert everything(client) == b""


def test_when_there_are_too_many_the_oldest_of_the_idle_go(small: Served) -> None:
    idle = []
    for _ in range(MANY):
        client = small.connect()
        client.sendall(post(close=False))
        assert client.recv(10_000)
        idle.append(client)
    kept = list(map(is_open, idle))
    assert kept == sorted(kept)
    assert 20 < kept.count(True) < 40
    for client in idle:
        client.close()


def test_who_comes_when_too_many_are_slow_is_served(small: Served) -> None:
    slow = connections(small, BODY_BEGUN)
    assert [told["bytes"] for told in small.ask(post(b"hello"))] == [5]
    for client in slow:
        client.close()
