"""The web server: a request takes a thread only when it is here whole, whoever is slow and however many they are.

A real gunicorn with one process and the 8 threads that posts have, in front of a small application.
"""

from __future__ import annotations

import hashlib
import resource
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from alerthub.serving import Worker
from tests.alerthub.served import MOST, Served, accepts, answers, everything, post, serving, until_it_answers

pytestmark = pytest.mark.anywhere
MANY = 60
BEGUN = b"POST /webhook HTTP/1.1\r\nHost: alerthub\r\n"
BODY_BEGUN = BEGUN + b"Content-Length: 9\r\n\r\n{"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("served")) as process:
        yield process


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


def connections(served: Served, begin: bytes, number: int = MANY) -> list[socket.socket]:
    clients = [served.connect() for _ in range(number)]
    for client in clients:
        client.sendall(begin)
    return clients


def is_open(client: socket.socket) -> bool:
    client.setblocking(False)
    try:
        return client.recv(1) != b""
    except BlockingIOError:
        return True
    finally:
        client.settimeout(20)


# --- what arrives


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


# --- what is no request


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


# --- who is slow


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


# --- who are many


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


# --- how it begins and ends


def test_nobody_is_let_in_before_the_application_is_loaded(tmp_path: Path) -> None:
    """Whoever comes is refused at once, and can go to another process; the address is taken all the same."""
    with serving(tmp_path, wait=False) as process:
        while not psutil.Process(process.process.pid).children():
            assert process.process.poll() is None, process.log.read_text()
        assert not accepts(process)
        (tmp_path / "loaded").touch()
        until_it_answers(process)
        assert [told["bytes"] for told in process.ask(post(b"hello"))] == [5]


def test_an_address_that_another_has_is_said_at_the_start(served: Served, tmp_path: Path) -> None:
    with serving(tmp_path, wait=False, bind=f"127.0.0.1:{served.address[1]}") as process:
        assert process.process.wait(20) == 1
        assert "cannot have the address 127.0.0.1:" in process.log.read_text()


def test_what_was_taken_is_finished_when_it_stops_and_the_door_is_shut_first(tmp_path: Path) -> None:
    with serving(tmp_path) as process, process.connect() as kept, process.connect() as half, process.connect() as whole:
        kept.sendall(post(close=False))
        assert kept.recv(10_000)
        half.sendall(BODY_BEGUN)
        whole.sendall(b"GET /hang HTTP/1.1\r\nHost: alerthub\r\n\r\n")
        process.process.terminate()
        while accepts(process):
            pass
        half.sendall(b"12345678")
        assert [told["bytes"] for told in answers(everything(half))] == [9]
        kept.sendall(b"GET /livez HTTP/1.1\r\nHost: alerthub\r\n\r\n")  # lets /hang go on
        assert [told["asked"] for told in answers(everything(kept))] == ["GET /livez"]
        assert [told["asked"] for told in answers(everything(whole))] == ["GET /hang"]
        assert process.process.wait(20) == 0


def test_who_has_not_finished_does_not_hold_up_the_end(tmp_path: Path) -> None:
    with serving(tmp_path) as process:
        begun = time.monotonic()
        slow = connections(process, BODY_BEGUN, 5) + connections(process, b"", 5)
        assert process.stop() == 0
        assert time.monotonic() - begun < 20
        assert [told["status"] for told in answers(everything(slow[0]))] == [503]
        for client in slow:
            client.close()


def test_a_body_that_finds_no_room_on_the_disk_is_to_be_sent_again(tmp_path: Path) -> None:
    with serving(tmp_path, limits=no_file_larger_than_half_a_megabyte) as process:
        assert [told["status"] for told in process.ask(post(b"x" * MOST))] == [503]
        assert [told["bytes"] for told in process.ask(post(b"hello"))] == [5]


def no_file_larger_than_half_a_megabyte() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (512 * 1024, 512 * 1024))


def test_tls_is_left_to_the_proxy() -> None:
    said: list[str] = []
    with pytest.raises(SystemExit):
        Worker.check_config(SimpleNamespace(is_ssl=True, proxy_protocol="off"), SimpleNamespace(error=said.append))
    assert "leave TLS" in said[0]
