"""TLS: whom a client trusts, and what it says of those it does not."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pytest

from deliveries.reasons import Reason
from deliveries.rocketchat.client import Client, Hook
from deliveries.rocketchat.outcomes import Ending
from tests.deliveries.certificates import Certificate, self_signed
from tests.deliveries.peers import Script, answering, peer
from tests.deliveries.rocketchat.hooks import DEADLINE, MESSAGE, hook
from tests.deliveries.rocketchat.silences import dripping_head, dripping_long_body, silence

pytestmark = pytest.mark.anywhere


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return self_signed(tmp_path_factory.mktemp("tls"))


def tls(url: str, **more: Any) -> Hook:
    return hook(url, **({"connect_timeout": 5.0, "timeout": 5.0} | more))


def test_a_given_ca_is_trusted(client: Client, certificate: Certificate) -> None:
    with peer(answering(), tls=certificate.context) as rocketchat:
        for _ in range(2):
            outcome = client.post(tls(rocketchat.url("https"), ca_file=str(certificate.path)), MESSAGE)
            assert outcome.kind is Ending.DELIVERED
    assert rocketchat.connections == 1


def test_an_unknown_ca_is_not_trusted(client: Client, certificate: Certificate) -> None:
    with peer(answering(), tls=certificate.context) as rocketchat:
        outcome = client.post(tls(rocketchat.url("https")), MESSAGE)
    assert (outcome.kind, outcome.reason) == (Ending.NOT_SENT, Reason.TLS)
    assert "self-signed certificate" in outcome.error
    assert rocketchat.requests == []


def test_an_admin_may_switch_verification_off_without_noise(client: Client, certificate: Certificate) -> None:
    with peer(answering(), tls=certificate.context) as rocketchat, warnings.catch_warnings():
        warnings.simplefilter("error")
        outcome = client.post(tls(rocketchat.url("https"), verify_tls=False), MESSAGE)
    assert outcome.kind is Ending.DELIVERED


def test_switching_verification_off_for_one_target_leaves_the_others_strict(
    client: Client, certificate: Certificate
) -> None:
    with peer(answering(), tls=certificate.context) as rocketchat:
        client.post(tls(rocketchat.url("https"), verify_tls=False), MESSAGE)
        assert client.post(tls(rocketchat.url("https")), MESSAGE).reason is Reason.TLS


@pytest.mark.parametrize(
    ("flaw", "words"), [({"days": -1}, "certificate has expired"), ({"address": "127.0.0.2"}, "not valid for")]
)
def test_a_wrong_certificate_is_named(client: Client, tmp_path: Path, flaw: dict[str, Any], words: str) -> None:
    wrong = self_signed(tmp_path, **flaw)
    with peer(answering(), tls=wrong.context) as rocketchat:
        outcome = client.post(tls(rocketchat.url("https"), ca_file=str(wrong.path)), MESSAGE)
    assert (outcome.kind, outcome.reason) == (Ending.NOT_SENT, Reason.TLS)
    assert words in outcome.error


def test_plain_http_on_a_tls_address_is_named(client: Client) -> None:
    with peer(lambda talk: talk.say(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as rocketchat:
        outcome = client.post(tls(rocketchat.url("https")), MESSAGE)
    assert (outcome.kind, outcome.reason) == (Ending.NOT_SENT, Reason.TLS)
    assert "does not speak TLS" in outcome.error


def test_a_hanging_handshake_sends_nothing_and_keeps_the_deadline(client: Client) -> None:
    with peer(lambda talk: talk.hold()) as rocketchat:
        outcome = client.post(hook(rocketchat.url("https")), MESSAGE)
    assert (outcome.kind, outcome.reason) == (Ending.NOT_SENT, Reason.TIMEOUT)
    assert "securing the connection" in outcome.error
    assert outcome.duration < DEADLINE * 2


def test_a_slow_handshake_may_take_longer_than_connecting(client: Client) -> None:
    with peer(lambda talk: talk.hold()) as rocketchat:
        outcome = client.post(hook(rocketchat.url("https"), connect_timeout=0.4, timeout=1.0), MESSAGE)
    assert outcome.duration > 0.9


@pytest.mark.parametrize("script", [silence, dripping_head, dripping_long_body])
def test_the_deadline_holds_inside_tls(client: Client, certificate: Certificate, script: Script) -> None:
    with peer(script, tls=certificate.context) as rocketchat:
        outcome = client.post(hook(rocketchat.url("https"), ca_file=str(certificate.path)), MESSAGE)
    assert (outcome.kind, outcome.reason) == (Ending.UNKNOWN, Reason.TIMEOUT)
    assert outcome.duration < DEADLINE * 2


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_an_unreadable_ca_file_is_named(client: Client, tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    outcome = client.post(tls("https://chat.example/hooks/a/b", ca_file=str(path)), MESSAGE)
    assert (outcome.kind, outcome.reason) == (Ending.NOT_SENT, Reason.TLS)
    assert "CA file" in outcome.error


def test_a_renewed_ca_file_is_taken_up(client: Client, certificate: Certificate, tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    path.write_bytes(self_signed(tmp_path).path.read_bytes())
    with peer(answering(), tls=certificate.context) as rocketchat:
        assert client.post(tls(rocketchat.url("https"), ca_file=str(path)), MESSAGE).reason is Reason.TLS
        path.write_bytes(certificate.path.read_bytes())
        assert client.post(tls(rocketchat.url("https"), ca_file=str(path)), MESSAGE).kind is Ending.DELIVERED
