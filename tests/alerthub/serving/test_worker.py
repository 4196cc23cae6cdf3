"""What arrives at the web server, and what is refused because it is no request.

A real gunicorn with one process and the 8 threads that posts have, in front of a small application.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.alerthub.served import (
    BEGUN,
    MOST,
    Served,
    answers,
    everything,
    post,
    serving,
)

pytestmark = pytest.mark.anywhere


@pytest.mark.parametrize("size", [0, 1, 8 * 1024, 300 * 1024, MOST])
def test_a_body_arrives_as_it_was_sent(served: Served, size: int) -> None:
    body = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    [told] = served.ask(post(body))
    assert (told["bytes"], told["digest"]) == (size, hashlib.sha256(body).hexdigest())


def test_a_body_in_chunks_arrives_as_one(served: Served) -> None:
    chunked = b"POST /webhook HTTP/1.1\r\nHost: alerthub\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    [told] = served.ask(chunked + b"5;name=value\r\nhello\r\n6\r\n world\r\n0\r\nTrailer-Field: x\r\n\r\n")
    assert told["digest"] == hashlib.sha256(b"hello world").hexdigest()


def test_a_client_that_waits_for_leave_to_send_its_body_gets_it(served: Served) -> None:
    with served.connect() as client:
        client.sendall(BEGUN + b"Content-Length: 5\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n")
        leave = client.recv(1000)
        client.sendall(b"hello")
        assert leave == b"HTTP/1.1 100 Continue\r\n\r\n"
        assert [told["bytes"] for told in answers(everything(client))] == [5]


def test_requests_in_one_go_are_answered_in_their_order(served: Served) -> None:
    told = served.ask(post(b"one", close=False) + post(b"three", close=False) + post(b"seven--"))
    assert [each["bytes"] for each in told] == [3, 5, 7]


def test_a_connection_is_used_again(served: Served) -> None:
    with served.connect() as client:
        for body in (b"one", b"three"):
            client.sendall(post(body, close=False))
            assert b'"bytes": %d' % len(body) in client.recv(10_000)


def test_a_body_that_nobody_read_is_not_taken_for_the_next_request(served: Served) -> None:
    told = served.ask(post(b"GET /hang HTTP/1.1\r\n\r\n", "X-Unread: yes", close=False) + post(b"one"))
    assert [(each["asked"], each["bytes"]) for each in told] == [("POST /webhook", 0), ("POST /webhook", 3)]


def test_a_body_that_is_too_long_is_answered_before_it_came(served: Served) -> None:
    """And what of it comes later is never taken for a request."""
    with served.connect() as client:
        client.sendall(BEGUN + b"Content-Length: %d\r\nX-Unread: yes\r\n\r\n" % (MOST + 1))
        first = client.recv(10_000)
        client.sendall(post(path="/smuggled"))
        told = answers(first + everything(client))
    assert [each["asked"] for each in told] == ["POST /webhook"]


def test_a_body_in_too_many_chunks_is_answered_before_its_end(served: Served) -> None:
    with served.connect() as client:
        client.sendall(BEGUN + b"Transfer-Encoding: chunked\r\n\r\n")
        client.sendall(b"10000\r\n%s\r\n" % (b"x" * 0x10000) * 17)
        assert [told["bytes"] for told in answers(everything(client))] == [MOST + 1]


@pytest.mark.parametrize("bind", ["unix", "IPv6"])
def test_it_is_served_alike_by_a_unix_socket_and_by_ipv6(tmp_path: Path, bind: str) -> None:
    with serving(tmp_path, bind=f"unix:{tmp_path}/web" if bind == "unix" else bind) as process:
        assert [told["bytes"] for told in process.ask(post(b"hello"))] == [5]


@pytest.mark.parametrize(
    "contradictory",
    [
        BEGUN + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        BEGUN + b"Content-Length: 5, 6\r\n\r\nhello",
        BEGUN + b"Content-Length: +5\r\n\r\nhello",
        BEGUN + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        BEGUN + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        BEGUN + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        BEGUN + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        BEGUN + b"Host: other\r\nContent-Length: 5\r\n\r\nhello",
        BEGUN + b"Content-Length: 5\n\nhello",
        b"POST /webhook HTTP/1.1\n\nhello",
        BEGUN + b"X: y\r\n folded\r\nContent-Length: 5\r\n\r\nhello",
    ],
)
def test_what_can_be_read_in_two_ways_is_refused_and_nothing_behind_it_is_read(
    served: Served, contradictory: bytes
) -> None:
    told = served.ask(contradictory + post(path="/smuggled"))
    assert [each["status"] for each in told] in ([400], [501])


@pytest.mark.parametrize(
    "chunks", [b"zz\r\n", b"5\r\nhelloX", b"-1\r\n\r\n", b"0x5\r\nhello\r\n", b"5 5\r\nhello\r\n", b"\r\n"]
)
def test_chunks_that_are_none_end_the_connection(served: Served, chunks: bytes) -> None:
    told = served.ask(BEGUN + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n" + post(path="/smuggled"))
    assert "POST /smuggled" not in [each.get("asked") for each in told]


def test_a_head_without_an_end_is_refused(served: Served) -> None:
    told = served.ask(BEGUN + b"X-Padding: x\r\n" * 4000)
    assert [each["status"] for each in told] == [431]
