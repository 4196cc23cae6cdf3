"""Faults after a message was written: nobody knows whether it was posted, and the client repeats nothing by itself."""

from __future__ import annotations

import pytest

from deliveries.reasons import Reason
from deliveries.rocketchat.client import Client
from deliveries.rocketchat.outcomes import Ending
from tests.deliveries.peers import OK, Script, Talk, answering, http, peer
from tests.deliveries.rocketchat.hooks import DEADLINE, MESSAGE, hook
from tests.deliveries.rocketchat.silences import UNKNOWNS

pytestmark = pytest.mark.anywhere


def dripping_body(talk: Talk) -> None:
    talk.hear()
    talk.say(OK[:-16])
    talk.drip(OK[-16:] + b" " * 1000)


@pytest.mark.parametrize(("script", "reason"), UNKNOWNS)
def test_trouble_after_the_message_was_written_leaves_it_unknown(
    client: Client, script: Script, reason: Reason
) -> None:
    with peer(script) as rocketchat:
        outcome = client.post(hook(rocketchat.url()), MESSAGE)
    assert (outcome.kind, outcome.reason) == (Ending.UNKNOWN, reason)
    assert outcome.error.endswith(".")
    assert outcome.duration < DEADLINE * 2


@pytest.mark.parametrize("script", [script for script, _ in UNKNOWNS])
def test_a_troubled_connection_is_not_used_again(client: Client, script: Script) -> None:
    with peer(script, answering()) as rocketchat:
        client.post(hook(rocketchat.url()), MESSAGE)
        rocketchat.closed_one.wait(0.05)  # a peer that closes does so before the next message
        assert client.post(hook(rocketchat.url()), MESSAGE).kind is Ending.DELIVERED


def test_a_body_that_comes_whole_before_the_deadline_is_read_to_its_end_only(client: Client) -> None:
    with peer(dripping_body) as rocketchat:
        assert client.post(hook(rocketchat.url(), timeout=2.0), MESSAGE).kind is Ending.DELIVERED


def test_a_redirect_is_not_followed(client: Client) -> None:
    with peer(answering(http("200 OK", b'{"success":true}'))) as other:
        moved = http("302 Found", b"", f"Location: {other.url()}")
        with peer(answering(moved)) as rocketchat:
            outcome = client.post(hook(rocketchat.url()), MESSAGE)
    assert (outcome.kind, outcome.reason) == (Ending.REFUSED, Reason.REDIRECT)
    assert other.connections == 0
    assert f"127.0.0.1:{other.port}" in outcome.error


@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable", "413 Too Large"])
def test_no_answer_makes_the_client_repeat_by_itself(client: Client, status: str) -> None:
    with peer(answering(http(status, b"{}", "Retry-After: 1"))) as rocketchat:
        client.post(hook(rocketchat.url()), MESSAGE)
    assert len(rocketchat.requests) == 1


def test_a_wait_asked_for_is_told(client: Client) -> None:
    with peer(answering(http("429 Too Many Requests", b"{}", "Retry-After: 17"))) as rocketchat:
        assert client.post(hook(rocketchat.url()), MESSAGE).retry_after == 17
