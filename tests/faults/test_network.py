"""Rows 20 to 32 of the fault catalogue, without TLS: names, connections and answers that break, drip or never come."""

from __future__ import annotations

import errno
import gzip
import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest

from alerthub.sandbox import Sandbox
from deliveries.models import Attempt
from deliveries.rocketchat.client import ANSWER_KEPT, Client
from deliveries.wire import dial
from deliveries.wire.dial import DeadlineSocket
from tests.deliveries.peers import OK, Talk, answering, answering_once, peer
from tests.faults.conftest import DEADLINE
from tests.faults.road import Road, heard, http

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("short")]
NAME = "chat.example"
Resolver = Callable[..., Any]


def named(url: str) -> str:
    return url.replace("127.0.0.1", NAME)


def lead(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """The name leads to these addresses from now on; other names are found as ever."""
    real = socket.getaddrinfo

    def getaddrinfo(host: str, port: int, **rest: Any) -> list[Any]:
        if host != NAME:
            return real(host, port, **rest)
        return [found for address in addresses for found in real(address, port, **rest)]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


@pytest.mark.parametrize("trouble", [errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH])
def test_row_20_no_connection_is_not_sent(road: Road, monkeypatch: pytest.MonkeyPatch, trouble: int) -> None:
    def connect(*_: object) -> None:
        raise OSError(trouble, "no way")

    monkeypatch.setattr(DeadlineSocket, "connect", connect)
    delivery = road.send("http://127.0.0.1:9/hooks/a/b")
    assert (*road.fate(), delivery.unknown_count, road.lane().failures) == ("not_sent", "connect", "waiting", 0, 1)


@pytest.mark.parametrize("code", [socket.EAI_NONAME, socket.EAI_AGAIN, socket.EAI_FAIL])
def test_row_21_a_name_nobody_knows_is_not_sent(road: Road, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    def getaddrinfo(*_: object, **__: object) -> None:
        raise socket.gaierror(code, "not found")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    road.send(f"http://{NAME}/hooks/a/b")
    assert road.fate() == ("not_sent", "dns", "waiting")


def test_row_21_a_resolver_that_hangs_is_cut_at_the_deadline(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: over.wait(10) or [])
    road.send(f"http://{NAME}/hooks/a/b")
    over.set()
    assert road.fate() == ("not_sent", "dns", "waiting")
    assert Attempt.objects.filter(duration_ms__lt=DEADLINE * 2000).exists()


@pytest.mark.parametrize("address", ["169.254.169.254", "127.0.0.1"])
def test_row_22_a_name_that_leads_inside_by_now_is_not_called(
    road: Road, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    lead(monkeypatch, address)
    road.client = Client(user_agent="x")  # the policy of production: loopback is not allowed
    with peer(answering()) as inside:
        delivery = road.send(named(inside.url()))
        assert (*road.fate(), *road.go_on()) == ("not_sent", "blocked", "waiting", "held", "blocked")
    assert (inside.connections, address in delivery.explanation) == (0, True)


@pytest.mark.parametrize("trouble", ["swallows everything", "no route", "no IPv6 on this machine"])
def test_row_23_a_dead_ipv6_address_leaves_time_for_the_other(
    road: Road, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    real_connect, real_init = DeadlineSocket.connect, DeadlineSocket.__init__
    shares: list[float | None] = []

    def connect(sock: DeadlineSocket, address: Any) -> None:
        if sock.family == socket.AF_INET6:
            shares.append(sock.gettimeout())
            raise TimeoutError if trouble == "swallows everything" else OSError(errno.ENETUNREACH, trouble)
        real_connect(sock, address)

    def init(sock: DeadlineSocket, family: int = -1, *rest: Any, **more: Any) -> None:
        if family == socket.AF_INET6 and trouble == "no IPv6 on this machine":
            raise OSError(errno.EAFNOSUPPORT, trouble)
        real_init(sock, family, *rest, **more)

    lead(monkeypatch, "2001:4860::1", "127.0.0.1")
    monkeypatch.setattr(DeadlineSocket, "connect", connect)
    monkeypatch.setattr(DeadlineSocket, "__init__", init)
    with peer(answering()) as chat:
        assert road.send(named(chat.url())).state == "delivered"
    assert all(share is not None and share <= DEADLINE / 2 for share in shares)


def test_row_24_silence_is_unknown_at_the_deadline(road: Road) -> None:
    def silence(talk: Talk) -> None:
        talk.hear()
        talk.hold()

    with peer(silence, answering()) as chat:
        road.send(chat.url())
        assert (*road.fate(), road.lane().failures) == ("unknown", "timeout", "waiting", 1)
        road.drain(after=1)
    assert "possible duplicate (attempt 2" in heard(chat, 1)


@pytest.mark.parametrize("at_once", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"], ids=["head", "body"])
def test_row_25_a_slow_drip_is_cut_at_the_deadline(road: Road, at_once: bytes) -> None:
    def dripping(talk: Talk) -> None:
        talk.hear()
        talk.say(at_once)
        talk.drip(OK * 10)

    with peer(dripping) as chat:
        road.send(chat.url())
    assert road.fate() == ("unknown", "timeout", "waiting")
    assert Attempt.objects.filter(duration_ms__lt=DEADLINE * 2000).exists()


@pytest.mark.parametrize(("in_body", "outcome", "marks"), [(False, "not_sent", 0), (True, "unknown", 1)])
def test_row_26_a_reset_while_writing_is_unknown_once_a_byte_of_the_body_left(
    road: Road, monkeypatch: pytest.MonkeyPatch, in_body: bool, outcome: str, marks: int
) -> None:
    real_send = DeadlineSocket.send

    def send(sock: DeadlineSocket, data: Any, flags: int = 0) -> int:
        call = dial.current()
        if not in_body or call.body_sent:
            raise ConnectionResetError
        return real_send(sock, bytes(data)[:1] if call.is_body else data, flags)

    monkeypatch.setattr(DeadlineSocket, "send", send)
    with peer(answering()) as chat:
        delivery = road.send(chat.url())
    assert (*road.fate(), delivery.unknown_count) == (outcome, "reset", "waiting", marks)


def test_row_27_a_reset_in_the_answer_is_unknown(road: Road) -> None:
    def script(talk: Talk) -> None:
        talk.hear()
        talk.say(OK[:-5])
        talk.reset()

    with peer(script) as chat:
        road.send(chat.url())
    assert road.fate() == ("unknown", "reset", "waiting")


def endless(head: bytes, again: bytes) -> Callable[[Talk], None]:
    def script(talk: Talk) -> None:
        talk.hear()
        talk.say(head)
        while not talk.peer.stopped.is_set():
            talk.say(again)

    return script


BOMB = gzip.compress(b'{"success":true}' + b" " * 1_000_000)


@pytest.mark.parametrize(
    "script",
    [
        endless(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1000\r\n" + b" " * 0x1000 + b"\r\n"),
        endless(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n", b" " * 65536),
        answering_once(http("200 OK", BOMB, "Content-Encoding: gzip")),
    ],
    ids=["endless", "a gigabyte", "gzip bomb"],
)
def test_row_28_a_huge_answer_is_read_to_the_cap_only(road: Road, script: Callable[[Talk], None]) -> None:
    with peer(script) as chat:
        road.send(chat.url())
    assert road.fate() == ("unknown", "not_rocketchat", "waiting")
    assert len(Attempt.objects.get().answer.encode()) <= ANSWER_KEPT


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), "timeout"),
        (answering_once(b"HTTP/1.1 103 Early Hints\r\n\r\n"), "not_rocketchat"),
        (endless(b"HTTP/1.1 200 OK\r\n", b"X: " + b"y" * 60_000 + b"\r\n"), "not_rocketchat"),
    ],
    ids=["endless 100", "103", "endless headers"],
)
def test_row_29_an_endless_head_is_unknown(road: Road, script: Callable[[Talk], None], reason: str) -> None:
    with peer(script) as chat:
        road.send(chat.url())
    assert road.fate() == ("unknown", reason, "waiting")


def test_row_31_a_kept_connection_the_peer_closed_costs_no_attempt(road: Road, sandbox: Sandbox) -> None:
    road.send(sandbox.hook("#ops").url)
    sandbox.drop_connections()
    road.owe(group="other")
    road.drain()
    assert list(Attempt.objects.values_list("outcome", flat=True)) == ["delivered", "delivered"]


def test_row_31_a_connection_closed_on_the_second_message_is_unknown(road: Road) -> None:
    def script(talk: Talk) -> None:
        talk.hear()
        talk.say(OK)
        talk.hear()

    with peer(script, answering()) as chat:
        road.send(chat.url())
        road.owe(group="other")
        road.drain()
    assert list(Attempt.objects.order_by("id").values_list("outcome", flat=True)) == ["delivered", "unknown"]


def test_row_32_a_proxy_that_wants_a_login_has_sent_nothing(road: Road) -> None:
    with peer(answering(http("407 Proxy Authentication Required"))) as proxy:
        road.send(proxy.url())
        assert (*road.fate(), *road.go_on()) == ("not_sent", "proxy", "waiting", "held", "proxy")
    assert road.delivery().unknown_count == 0
