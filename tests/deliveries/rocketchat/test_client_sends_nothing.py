"""Trouble before a byte of the message left: it is known that nothing was sent."""

from __future__ import annotations

from typing import Any

import pytest

from deliveries.reasons import Reason
from deliveries.rocketchat.client import Client
from deliveries.rocketchat.outcomes import Ending
from tests.deliveries.peers import answering, peer
from tests.deliveries.rocketchat.hooks import MESSAGE, hook

pytestmark = pytest.mark.anywhere


def nobody_listens() -> str:
    with peer() as gone:
        return gone.url()


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://no-such-host.invalid/hooks/a/b", Reason.DNS),
        (f"http://{'x' * 70}.example/hooks/a/b", Reason.DNS),
        ("http://169.254.169.254/hooks/a/b", Reason.BLOCKED),
        ("http://[::ffff:169.254.169.254]/hooks/a/b", Reason.BLOCKED),
        ("ftp://chat.example/hooks/a/b", Reason.BAD_URL),
        ("chat.example/hooks/a/b", Reason.BAD_URL),
        ("https://", Reason.BAD_URL),
        ("https://chat.example:99999/hooks/a/b", Reason.BAD_URL),
        ("", Reason.BAD_URL),
    ],
)
def test_an_address_that_leads_nowhere_sends_nothing(client: Client, url: str, reason: Reason) -> None:
    outcome = client.post(hook(url, connect_timeout=5.0, timeout=5.0), MESSAGE)
    assert (outcome.kind, outcome.reason, outcome.status) == (Ending.NOT_SENT, reason, None)


def test_a_refused_connection_sends_nothing(client: Client) -> None:
    outcome = client.post(hook(nobody_listens()), MESSAGE)
    assert (outcome.kind, outcome.reason) == (Ending.NOT_SENT, Reason.CONNECT)
    assert "connection refused" in outcome.error


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1"])
def test_this_machine_is_not_called_unless_allowed(host: str) -> None:
    with peer(answering()) as rocketchat:
        outcome = Client(user_agent="x").post(hook(rocketchat.url().replace("127.0.0.1", host)), MESSAGE)
    assert (outcome.kind, outcome.reason) == (Ending.NOT_SENT, Reason.BLOCKED)
    assert rocketchat.connections == 0


@pytest.mark.parametrize("body", [{}, {"text": float("nan")}, {"text": object()}])
def test_a_message_rocketchat_would_swallow_is_not_sent(client: Client, body: dict[str, Any]) -> None:
    with peer(answering()) as rocketchat:
        outcome = client.post(hook(rocketchat.url()), body)
    assert (outcome.kind, outcome.reason) == (Ending.NOT_SENT, Reason.BAD_MESSAGE)
    assert rocketchat.connections == 0


@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY", "ALL_PROXY"])
def test_a_proxy_of_the_environment_is_not_used(client: Client, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "http://127.0.0.1:9")
    with peer(answering()) as rocketchat:
        assert client.post(hook(rocketchat.url()), MESSAGE).kind is Ending.DELIVERED


def test_a_message_no_buffer_takes_at_once_still_keeps_the_deadline(client: Client) -> None:
    with peer(lambda talk: talk.hold()) as rocketchat:
        outcome = client.post(hook(rocketchat.url(), timeout=2.0), {"text": "x" * 30_000_000})
    assert (outcome.kind, outcome.reason) == (Ending.UNKNOWN, Reason.TIMEOUT)
    assert outcome.duration < 6
