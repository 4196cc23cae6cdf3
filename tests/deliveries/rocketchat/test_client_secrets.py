"""What is kept and logged of a call holds no part of the address, and texts from outside do no harm."""

from __future__ import annotations

import logging

import pytest

from deliveries.rocketchat.client import ANSWER_KEPT, Client, Hook, redact_url
from deliveries.rocketchat.outcomes import Outcome
from tests.deliveries.peers import Script, answering, http, peer
from tests.deliveries.rocketchat.hooks import MESSAGE, hook
from tests.deliveries.rocketchat.silences import UNKNOWNS

pytestmark = pytest.mark.anywhere


def texts(outcome: Outcome) -> str:
    return f"{outcome!r} {outcome.answer} {outcome.error}".lower()


@pytest.mark.parametrize("script", [script for script, _ in UNKNOWNS])
def test_no_trouble_tells_the_address(client: Client, caplog: pytest.LogCaptureFixture, script: Script) -> None:
    caplog.set_level(logging.DEBUG)
    with peer(script) as rocketchat:
        told = texts(client.post(hook(rocketchat.url()), MESSAGE)) + caplog.text.lower()
    assert "tokentoken" not in told
    assert "c0ffee" not in told


@pytest.mark.parametrize("header", ["X-Fine: yes", "no header at all"])
def test_urllib3_logs_nothing_as_it_would_log_the_address(
    client: Client, caplog: pytest.LogCaptureFixture, header: str
) -> None:
    caplog.set_level(logging.DEBUG)
    with peer(answering(http("200 OK", b'{"success":true}', header))) as rocketchat:
        client.post(hook(rocketchat.url()), MESSAGE)
    assert [record for record in caplog.records if record.name.startswith("urllib3")] == []


def test_an_answer_that_repeats_the_address_is_kept_without_it(client: Client) -> None:
    error = b'{"success":false,"error":"Cannot POST /hooks/65f0c0ffee65f0c0ffee/tokenTOKENtokenTOKENa1b2"}'
    with peer(answering(http("400 Bad Request", error))) as rocketchat:
        outcome = client.post(hook(rocketchat.url()), MESSAGE)
    assert "Cannot POST …" in outcome.answer
    assert "tokentoken" not in texts(outcome)


def test_an_answer_is_kept_short_and_harmless(client: Client) -> None:
    with peer(answering(http("502 Bad Gateway", b"\x00\x1b[2J\xff" + b"x" * 10_000))) as rocketchat:
        answer = client.post(hook(rocketchat.url()), MESSAGE).answer
    assert answer.startswith("\\u0000\\u001b[2J\ufffdx")
    assert len(answer.encode()) <= ANSWER_KEPT


def test_a_hook_does_not_show_its_address() -> None:
    assert "token" not in repr(Hook("https://chat.example/hooks/id/token"))


def test_of_an_address_the_origin_and_the_end_are_shown() -> None:
    assert redact_url("https://chat.example/hooks/id/0123456789a1b2") == "https://chat.example/…a1b2"
