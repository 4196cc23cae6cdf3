"""Where a request ends: waiting for it never changes what gunicorn's parser makes of the bytes."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from itertools import pairwise

import pytest
from gunicorn.config import Config
from gunicorn.http.errors import ParseException
from gunicorn.http.message import Request
from gunicorn.http.parser import RequestParser
from hypothesis import example, given
from hypothesis import strategies as st

from alerthub.serving import framing
from alerthub.serving.buffer import Buffer
from alerthub.serving.connection import Connection

pytestmark = pytest.mark.anywhere
MOST = 10_000
CLIENT = ("203.0.113.9", 51812)
Asked = tuple[str, str, bytes]

LINES = [
    b"Content-Length: 5", b"Content-Length: 0", b"Content-Length: 05", b"Content-Length: 5, 5", b"Content-Length: -1",
    b"content-length: 11", b"Transfer-Encoding: chunked", b"Transfer-Encoding: gzip, chunked", b"Transfer-Encoding: x",
    b"Transfer-Encoding:\x0bchunked", b"Connection: close", b"Connection: keep-alive", b"Host: a", b"X-Y: z", b" folded",
    b"Expect: 100-continue", b"", b"Bad Header: x", b"X_Y: z", b"\xff: x",
]  # fmt: skip
STARTS = [
    b"GET /a HTTP/1.1",
    b"POST /webhook HTTP/1.1",
    b"POST /b HTTP/1.0",
    b"PUT  /c HTTP/1.1",
    b"BAD",
    b"GET /d HTTP/9.9",
]
BODIES = [
    b"", b"hello", b"5\r\nhello\r\n0\r\n\r\n", b"5;a=b\r\nhello\r\n0\r\nX: y\r\n\r\n", b"0\r\n\r\n", b"5\r\nhel", b"zz\r\nhello",
    b"5\r\nhelloXX0\r\n\r\n", b"5\nhello\n0\n\n", b"00005\r\nhello\r\n00\r\n\r\n", b"\r\n", b"GET /e HTTP/1.1\r\n\r\n",
]  # fmt: skip


def requests() -> st.SearchStrategy[bytes]:
    end = st.sampled_from([b"\r\n"] * 8 + [b"\n", b"\r"])
    head = st.builds(
        lambda start, lines, end: start + end + b"".join(line + end for line in lines) + end,
        st.sampled_from(STARTS), st.lists(st.sampled_from(LINES), max_size=4), end,
    )  # fmt: skip
    return st.builds(lambda head, body: head + body, head, st.sampled_from(BODIES))


def parts(data: bytes, cuts: Sequence[int]) -> Iterator[bytes]:
    places = sorted({cut % (len(data) + 1) for cut in cuts} | {0, len(data)})
    return (data[start:end] for start, end in pairwise(places))


def read(request: Request) -> Asked:
    return request.method, request.uri, request.body.read()


def by_gunicorn(data: bytes) -> list[Asked]:
    """What its parser finds in the bytes, until something is wrong or they end."""
    found: list[Asked] = []
    parser = RequestParser(config(), iter([data]), CLIENT)
    try:
        while True:
            found.append(read(next(parser)))
    except (StopIteration, ParseException, OSError):
        return found


def by_waiting(data: bytes, cuts: Sequence[int]) -> list[Asked]:
    """What a connection finds that is fed piece by piece."""
    found: list[Asked] = []
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    connection = Connection(config(), ours, CLIENT, ("", 0))
    try:
        for part in parts(data, cuts):
            while connection.feed(part, MOST):
                request = next(connection.parser)
                found.append(read(request))
                if request.should_close():
                    raise StopIteration
                part = connection.next()
    except (StopIteration, ParseException, OSError):
        pass
    finally:
        connection.close()
        theirs.close()
    return found


def config() -> Config:
    return Config()


@given(st.lists(requests(), min_size=1, max_size=3).map(b"".join), st.lists(st.integers(0, 400), max_size=6))
@example(b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhelloGET /a HTTP/1.1\r\n\r\n", [3, 30])
def test_waiting_finds_the_requests_that_gunicorn_finds(data: bytes, cuts: list[int]) -> None:
    """Never another one, never in another order; a last one that is not whole it does not give at all."""
    expected, found = by_gunicorn(data), by_waiting(data, cuts)
    assert found == expected[: len(found)]
    assert len(expected) - len(found) <= 1


@given(
    st.lists(st.binary(min_size=1, max_size=40), max_size=5),
    st.sampled_from([b"", b"X: y\r\n", b"X: y\r\nZ: \r\n"]),
    st.lists(st.integers(0, 300), max_size=8),
)
def test_a_body_in_chunks_is_whole_with_its_last_byte(chunks: list[bytes], trailers: bytes, cuts: list[int]) -> None:
    data = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n" + trailers + b"\r\n"
    body, fed = framing.Chunked(), 0
    for part in parts(data, cuts):
        assert not body.whole
        body.feed(part)
        fed += len(part)
        assert body.whole == (fed == len(data))
    assert body.size >= sum(map(len, chunks))


@pytest.mark.parametrize(
    "data", [b"zz\r\n", b"-5\r\n", b"\r\n", b"5" * 9000, b"0\r\n" + b"X: y\r\n" * 9000, b"0x5\r\n", b"5 5\r\n"]
)
def test_what_cannot_be_chunks_is_waited_for_no_longer(data: bytes) -> None:
    body = framing.Chunked()
    body.feed(data)
    assert body.whole


@given(st.lists(st.one_of(st.binary(max_size=200_000), st.integers(0, 300_000)), max_size=12))
def test_a_buffer_gives_the_bytes_it_got_in_their_order(steps: list[bytes | int]) -> None:
    buffer, expected = Buffer(), b""
    for step in steps:
        if isinstance(step, bytes):
            buffer.write(step)
            expected += step
        else:
            assert buffer.recv(step) == expected[:step]
            expected = expected[step:]
        assert len(buffer) == len(expected)
    assert buffer.recv(len(expected)) == expected


def test_a_buffer_does_not_grow_with_what_was_read_already() -> None:
    buffer = Buffer()
    for _ in range(100):
        buffer.write(b"x" * 100_000)
        buffer.recv(99_999)
    assert buffer._end < 1_000_000
