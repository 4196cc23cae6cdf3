from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_network
from typing import Any

import pytest

from deliveries.wire import dial
from deliveries.wire.dial import Blocked, Call, CannotConnect, CannotResolve
from deliveries.wire.networks import AddressPolicy
from tests.deliveries.peers import Talk, answering, peer

pytestmark = pytest.mark.anywhere

LOOPBACK = AddressPolicy(allow_loopback=True)
V4, V6 = socket.AF_INET, socket.AF_INET6


def call(seconds: float = 2.0, *, connect: float | None = None, policy: AddressPolicy = LOOPBACK) -> Call:
    now = time.monotonic()
    return Call(now + seconds, now + (seconds if connect is None else connect), policy)


def resolving_to(monkeypatch: pytest.MonkeyPatch, *found: tuple[int, tuple[Any, ...]]) -> None:
    answers = [(family, socket.SOCK_STREAM, 6, "", sockaddr) for family, sockaddr in found]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: answers)


@contextmanager
def black_hole() -> Iterator[int]:
    """The port of a listener whose queue is full: it drops what else wants to connect."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    port = listener.getsockname()[1]
    waiting = [socket.socket() for _ in range(4)]
    for each in waiting:
        each.setblocking(False)
        each.connect_ex(("127.0.0.1", port))
    try:
        yield port
    finally:
        for each in (*waiting, listener):
            each.close()


def test_the_connection_is_made_to_an_allowed_address() -> None:
    with peer(answering()) as other, dial.connect("localhost", other.port, call()) as sock:
        assert sock.getpeername() == ("127.0.0.1", other.port)


def test_a_name_that_changed_to_a_forbidden_address_is_not_dialled(monkeypatch: pytest.MonkeyPatch) -> None:
    resolving_to(monkeypatch, (V4, ("169.254.169.254", 80)))
    with pytest.raises(Blocked, match=r"chat\.example leads to 169\.254\.169\.254"):
        dial.connect("chat.example", 80, call())


def test_a_forbidden_address_among_others_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    with peer(answering()) as other:
        resolving_to(monkeypatch, (V4, ("169.254.169.254", 80)), (V4, ("127.0.0.1", other.port)))
        with dial.connect("chat.example", 80, call()) as sock:
            assert sock.getpeername()[0] == "127.0.0.1"


def test_a_blocked_network_names_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    resolving_to(monkeypatch, (V4, ("10.0.0.1", 80)))
    wary = AddressPolicy(blocked_networks=(ip_network("10.0.0.0/8"),))
    with pytest.raises(Blocked, match="ALERTHUB_BLOCKED_NETWORKS"):
        dial.connect("chat.example", 80, call(policy=wary))


def test_an_address_that_swallows_packets_leaves_time_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    with black_hole() as hole, peer(answering()) as other:
        resolving_to(monkeypatch, (V4, ("127.0.0.1", hole)), (V4, ("127.0.0.1", other.port)))
        began = time.monotonic()
        # Later than the limit it would raise.
        with dial.connect("chat.example", 80, call(connect=1.0)) as sock:
            assert sock.getpeername()[1] == other.port
    assert time.monotonic() - began > 0.4


def test_a_refused_address_is_followed_by_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    with peer() as gone:
        pass
    with peer(answering()) as other:
        resolving_to(monkeypatch, (V4, ("127.0.0.1", gone.port)), (V4, ("127.0.0.1", other.port)))
        with dial.connect("chat.example", 80, call()) as sock:
            assert sock.getpeername()[1] == other.port


def test_connecting_has_its_own_shorter_limit() -> None:
    with black_hole() as hole:
        began = time.monotonic()
        with pytest.raises(CannotConnect, match="no answer in time"):
            dial.connect("127.0.0.1", hole, call(5.0, connect=0.2))
    assert 0.15 < time.monotonic() - began < 4


def test_families_alternate_beginning_with_the_systems_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    sixes = [(V6, (f"2001:db8::{last}", 80, 0, 0)) for last in (1, 2)]
    fours = [(V4, (f"203.0.113.{last}", 80)) for last in (1, 2, 3)]
    resolving_to(monkeypatch, *sixes, *fours)
    found = [address[1][0] for address in dial._resolve("chat.example", 80, call())]
    assert found == ["2001:db8::1", "203.0.113.1", "2001:db8::2", "203.0.113.2", "203.0.113.3"]


def test_a_hanging_resolver_keeps_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    answered = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: answered.wait(30))
    began = time.monotonic()
    with pytest.raises(CannotResolve, match="did not answer in time"):
        dial.connect("chat.example", 80, call(connect=0.2))
    answered.set()
    assert time.monotonic() - began < 10


def test_hanging_resolvers_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    answered = threading.Event()
    monkeypatch.setattr(dial, "_resolvers", threading.BoundedSemaphore(1))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: answered.wait(30))
    before = threading.active_count()
    for _ in range(3):
        with pytest.raises(CannotResolve):
            dial.connect("chat.example", 80, call(connect=0.05))
    assert threading.active_count() <= before + 1
    answered.set()


@pytest.mark.parametrize(
    "error", [socket.gaierror(-2, "Name or service not known"), UnicodeError("label too long"), OSError(5, "I/O error")]
)
def test_a_name_that_is_not_found_says_so(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail(*args: Any, **kwargs: Any) -> Any:
        raise error

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(CannotResolve, match=r"Cannot find the address of chat\.example: "):
        dial.connect("chat.example", 80, call())


def test_the_sockets_work_only_inside_a_call() -> None:
    with (
        peer(answering()) as other,
        dial.connect("127.0.0.1", other.port, call()) as sock,
        pytest.raises(RuntimeError, match=r"dial\.calling"),
    ):
        sock.sendall(b"x")


def test_nothing_is_read_or_written_after_the_deadline() -> None:
    with peer(answering()) as other, dial.connect("127.0.0.1", other.port, call()) as sock, dial.calling(call(-1.0)):
        with pytest.raises(TimeoutError):
            sock.sendall(b"x")
        with pytest.raises(TimeoutError):
            sock.recv_into(bytearray(1))


def test_only_the_bytes_of_the_message_are_counted() -> None:
    with (
        peer(lambda talk: talk.hold()) as other,
        dial.calling(call()) as now,
        dial.connect("127.0.0.1", other.port, now) as sock,
    ):
        sock.sendall(b"head")
        now.is_body = True
        sock.sendall(b"message")
    assert now.body_sent == 7


def test_a_write_nobody_takes_ends_at_the_deadline() -> None:
    def deaf(talk: Talk) -> None:
        talk.hold()

    with peer(deaf) as other, dial.calling(call(0.3)) as now, dial.connect("127.0.0.1", other.port, now) as sock:
        now.is_body = True
        with pytest.raises(TimeoutError):
            sock.sendall(bytes(30_000_000))
    assert 0 < now.body_sent < 30_000_000
