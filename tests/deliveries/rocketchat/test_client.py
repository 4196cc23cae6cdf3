"""A call to a webhook: what is sent, what is told of it, and which connection it takes."""

from __future__ import annotations

import json

import pytest

from alerthub.sandbox import Sandbox
from deliveries.reasons import Reason
from deliveries.rocketchat.client import Client, Hook
from deliveries.rocketchat.outcomes import Ending
from deliveries.wire import connections
from tests.deliveries.peers import OK, Talk, answering, answering_once, http, peer
from tests.deliveries.rocketchat.hooks import DEADLINE, MESSAGE, hook

pytestmark = pytest.mark.anywhere


def test_a_message_is_posted_as_compact_json(client: Client) -> None:
    with peer(answering()) as rocketchat:
        outcome = client.post(hook(rocketchat.url()), {"text": "grüß", "attachments": [{"color": "#f00"}]})
    head, _, body = rocketchat.requests[0].partition(b"\r\n\r\n")
    assert (outcome.kind, outcome.reason, outcome.status) == (Ending.DELIVERED, None, 200)
    assert head.startswith(b"POST /hooks/65f0c0ffee65f0c0ffee/tokenTOKENtokenTOKENa1b2 HTTP/1.1\r\n")
    assert b": " not in body
    assert json.loads(body) == {"text": "grüß", "attachments": [{"color": "#f00"}]}


@pytest.mark.parametrize(
    "header",
    [b"Content-Type: application/json", b"User-Agent: AlertHub/1.2.3", b"Accept-Encoding: identity"],
)
def test_the_request_says_what_it_is(client: Client, header: bytes) -> None:
    with peer(answering()) as rocketchat:
        client.post(hook(rocketchat.url()), MESSAGE)
    assert header in rocketchat.requests[0].split(b"\r\n")


def test_an_outcome_tells_when_how_long_and_what_was_answered(client: Client) -> None:
    with peer(answering(http("200 OK", b'{"success":true}', "X-RateLimit-Remaining: 7"))) as rocketchat:
        outcome = client.post(hook(rocketchat.url()), MESSAGE)
    assert outcome.started_at.tzinfo is not None
    assert 0 < outcome.duration < DEADLINE
    assert outcome.answer == '{"success":true}'
    assert outcome.rate_limit_remaining == 7


@pytest.mark.parametrize(("rooms", "is_told"), [("#ops", True), ("#ops,#night", False)])
def test_a_message_has_an_id_only_if_one_room_got_it(
    client: Client, sandbox: Sandbox, rooms: str, is_told: bool
) -> None:
    outcome = client.post(Hook(sandbox.hook(rooms).url), MESSAGE | {"separateResponse": True})
    assert (outcome.kind, outcome.message_id) == (Ending.DELIVERED, sandbox.messages()[0].id if is_told else "")


def test_the_connection_is_kept_for_the_next_message(client: Client) -> None:
    with peer(answering()) as rocketchat:
        kinds = {client.post(hook(rocketchat.url()), {"text": str(turn)}).kind for turn in range(3)}
    assert kinds == {Ending.DELIVERED}
    assert (rocketchat.connections, len(rocketchat.requests)) == (1, 3)


def test_each_message_has_its_own_length(client: Client) -> None:
    with peer(answering()) as rocketchat:
        for text in ("a much longer text", "short"):
            client.post(hook(rocketchat.url()), {"text": text})
    assert rocketchat.requests[1].endswith(b'\r\n\r\n{"text":"short"}')


def test_a_kept_connection_has_the_deadline_of_the_present_message(client: Client) -> None:
    def script(talk: Talk) -> None:
        talk.hear()
        talk.say(OK)
        talk.hear()
        talk.drip(OK)

    with peer(script) as rocketchat:
        first = client.post(hook(rocketchat.url()), MESSAGE)
        second = client.post(hook(rocketchat.url()), MESSAGE)
    assert (first.kind, second.reason) == (Ending.DELIVERED, Reason.TIMEOUT)
    assert DEADLINE * 0.9 < second.duration < DEADLINE * 2


def test_a_connection_the_peer_closed_is_not_used_again(client: Client) -> None:
    with peer(answering_once(), answering()) as rocketchat:
        client.post(hook(rocketchat.url()), MESSAGE)
        assert rocketchat.closed_one.wait(2)
        assert client.post(hook(rocketchat.url()), MESSAGE).kind is Ending.DELIVERED
    assert rocketchat.connections == 2


def test_a_connection_idle_for_long_is_not_used_again(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "IDLE_LIMIT", 0.0)
    with peer(answering()) as rocketchat:
        for _ in range(2):
            client.post(hook(rocketchat.url()), MESSAGE)
    assert rocketchat.connections == 2


def test_a_late_answer_is_never_taken_for_the_next_message(client: Client) -> None:
    def script(talk: Talk) -> None:
        talk.hear()
        talk.say(b"HTTP/1.1 103 Early Hints\r\n\r\n" + OK)
        talk.hold()

    with peer(script, answering(http("404 Not Found"))) as rocketchat:
        first = client.post(hook(rocketchat.url()), MESSAGE)
        second = client.post(hook(rocketchat.url()), MESSAGE)
    assert (first.kind, second.reason) == (Ending.UNKNOWN, Reason.NOT_FOUND)


def test_a_closed_client_can_be_used_again(client: Client) -> None:
    with peer(answering()) as rocketchat:
        client.post(hook(rocketchat.url()), MESSAGE)
        client.close()
        assert client.post(hook(rocketchat.url()), MESSAGE).kind is Ending.DELIVERED


def test_hooks_edited_long_ago_are_forgotten(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deliveries.rocketchat.client._MOST_LINES", 2)
    with peer(answering()) as rocketchat:
        kinds = {client.post(hook(f"{rocketchat.url()}{turn}"), MESSAGE).kind for turn in range(5)}
    assert kinds == {Ending.DELIVERED}
    assert len(client._lines) <= 2
