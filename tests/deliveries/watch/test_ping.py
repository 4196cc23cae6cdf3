"""The outgoing ping: only while messages are on time, never in the way, and its address stays a secret."""

from __future__ import annotations

import logging
import threading
from datetime import datetime, timedelta
from typing import Any

import pytest

from deliveries.accept import plan
from deliveries.models import Delivery, Lane, Watch
from deliveries.wake import pump
from deliveries.watch import ping, watch
from deliveries.wire.networks import AddressPolicy
from routing.models import Target
from tests.deliveries.peers import Peer, Script, Talk, peer
from tests.deliveries.watch.rows import Clock
from tests.factories import accept, alert, make_source, owed, payload

SECRET = "5f0c0ffee5f0c0ffee"
HERE = AddressPolicy(allow_loopback=True)
EVERY = timedelta(seconds=60)


def hear(talk: Talk) -> str:
    """A request without a body."""
    heard = b""
    while b"\r\n\r\n" not in heard:
        heard += talk.sock.recv(65536)
    talk.peer.requests.append(heard)
    return heard.decode()


def answering(status: str) -> Script:
    def script(talk: Talk) -> None:
        hear(talk)
        talk.say(f"HTTP/1.1 {status}\r\nContent-Length: 2\r\nLocation: /{SECRET}/moved\r\n\r\nOK".encode())

    return script


def silent(talk: Talk) -> None:
    hear(talk)
    talk.hold()


def url(listener: Peer) -> str:
    return f"http://127.0.0.1:{listener.port}/ping/{SECRET}?from=alerthub"


@pytest.mark.anywhere
@pytest.mark.parametrize(
    ("pinged", "due"), [(None, True), (59, False), (60, True), (-1, True)], ids=["never", "early", "over", "clock back"]
)
def test_a_ping_is_due_when_its_interval_is_over(now: datetime, pinged: float | None, due: bool) -> None:
    last = None if pinged is None else now - timedelta(seconds=pinged)
    assert ping.due(last, EVERY, now) is due


@pytest.mark.anywhere
def test_a_ping_is_a_get_with_its_whole_address() -> None:
    with peer(answering("200 OK")) as listener:
        assert ping.get(url(listener), "AlertHub/test", HERE) == ""
    head = listener.requests[0].decode()
    assert head.startswith(f"GET /ping/{SECRET}?from=alerthub HTTP/1.1\r\n")
    assert "User-Agent: AlertHub/test" in head


@pytest.mark.anywhere
@pytest.mark.parametrize("status", ["301 Moved Permanently", "404 Not Found", "500 Internal Server Error"])
def test_another_answer_is_no_success_and_nothing_is_followed(status: str) -> None:
    with peer(answering(status)) as listener:
        trouble = ping.get(url(listener), "AlertHub", HERE)
    assert (status[:3] in trouble, SECRET in trouble, len(listener.requests)) == (True, False, 1)


@pytest.mark.anywhere
def test_a_listener_that_never_answers_is_left_at_the_deadline() -> None:
    with peer(silent) as listener:
        assert ping.get(url(listener), "AlertHub", HERE, deadline=0.3) == "no answer within 0.3 s."


@pytest.mark.anywhere
def test_the_ping_keeps_to_the_allowed_addresses() -> None:
    trouble = ping.get(f"http://127.0.0.1:9/{SECRET}", "AlertHub", AddressPolicy())
    assert ("must not call" in trouble, SECRET in trouble) == (True, False)


@pytest.mark.anywhere
def test_a_ping_that_does_not_arrive_is_logged_without_its_address(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with peer(answering("404 Not Found")) as listener:
        thread = ping.send_soon(url(listener), "AlertHub", HERE)
        assert thread is not None
        thread.join(10)
    assert f"The ping to http://127.0.0.1:{listener.port} did not arrive: it was answered with 404." in caplog.messages
    assert SECRET not in caplog.text


@pytest.mark.anywhere
def test_one_ping_is_under_way_at_a_time() -> None:
    release, heard = threading.Event(), threading.Event()

    def waiting(talk: Talk) -> None:
        hear(talk)
        heard.set()
        release.wait(10)
        talk.say(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    with peer(waiting) as listener:
        first = ping.send_soon(url(listener), "AlertHub", HERE)
        heard.wait(10)
        second = ping.send_soon(url(listener), "AlertHub", HERE)
        release.set()
        assert first is not None
        first.join(10)
    assert second is None


# --- When the watch pings ------------------------------------------------------------------------------------------
@pytest.fixture
def pinged(settings: Any, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Addresses that were pinged; nobody is really called."""
    seen: list[str] = []
    settings.PING_URL = f"https://hc.example/{SECRET}"
    monkeypatch.setattr(ping, "send_soon", lambda url, *_: seen.append(url))
    return seen


@pytest.mark.django_db
def test_the_watch_pings_once_an_interval(pinged: list[str], settings: Any, at: Clock) -> None:
    for seconds in (0, 30, 59, 64, 90):
        watch.look(at(seconds))
    assert pinged == [settings.PING_URL] * 2
    assert Watch.objects.get().pinged_at == at(64)


@pytest.mark.django_db
def test_without_an_address_nobody_is_pinged(pinged: list[str], settings: Any, at: Clock) -> None:
    settings.PING_URL = ""
    watch.look(at(0))
    assert pinged == []


@pytest.mark.django_db
def test_what_is_on_time_does_not_stop_the_ping(pinged: list[str], ops: Target, at: Clock) -> None:
    owed(make_source(), at(0))
    watch.look(at(299))
    assert len(pinged) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["waiting", "sending", "held", "merged"])
def test_what_is_open_for_too_long_stops_the_ping(pinged: list[str], ops: Target, at: Clock, state: str) -> None:
    owed(make_source(), at(0))
    Delivery.objects.update(state=state, next_attempt_at=at(900))
    watch.look(at(301))
    assert pinged == []


@pytest.mark.django_db
def test_what_waits_for_a_disabled_target_does_not_stop_the_ping(pinged: list[str], ops: Target, at: Clock) -> None:
    owed(make_source(), at(0))
    Delivery.objects.update(state="held")
    Target.objects.update(enabled=False)
    watch.look(at(3600))
    assert len(pinged) == 1


@pytest.mark.django_db
def test_an_unread_notification_stops_the_ping(pinged: list[str], at: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "plan", lambda *_: 1 / 0)
    accept(make_source(), payload(alert()), at(0))
    watch.look(at(1))
    assert pinged == []


@pytest.mark.django_db
def test_an_unhealthy_target_stops_the_ping_until_it_works(pinged: list[str], ops: Target, at: Clock) -> None:
    Lane.objects.create(target=ops, broken_at=at(0), broken_reason="gone")
    watch.look(at(1))
    assert pinged == []
    Lane.objects.update(broken_at=None)
    watch.look(at(6))
    assert len(pinged) == 1


@pytest.mark.django_db
def test_a_missing_worker_stops_the_ping(pinged: list[str], at: Clock) -> None:
    pump.beat("h:1", at(0))
    watch.look(at(61))
    assert pinged == []


@pytest.mark.django_db
def test_a_refused_source_does_not_stop_the_ping(pinged: list[str], at: Clock, client: Any) -> None:
    client.post("/webhook", "{}", content_type="application/json")
    watch.look(at(1))
    assert len(pinged) == 1
