"""Row 30 of the fault catalogue: whatever is wrong with the secure connection, nothing is sent."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import pytest

from tests.deliveries.certificates import self_signed
from tests.deliveries.peers import answering, peer
from tests.faults.road import Road

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("flaw", [{"days": -1}, {"address": "127.0.0.2"}, {}], ids=["expired", "host", "self-signed"])
def test_row_30_a_wrong_certificate_sends_nothing(road: Road, tmp_path: Path, flaw: dict[str, Any]) -> None:
    certificate = self_signed(tmp_path, **flaw)
    with peer(answering(), tls=certificate.context) as chat:
        road.send(chat.url("https"), ca_file=str(certificate.path) if flaw else "")
        assert (*road.fate(), *road.go_on()) == ("not_sent", "tls", "waiting", "held", "tls")
    assert chat.requests == []


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated")
def test_row_30_an_old_protocol_sends_nothing(road: Road, tmp_path: Path) -> None:
    certificate = self_signed(tmp_path)
    certificate.context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    certificate.context.maximum_version = ssl.TLSVersion.TLSv1_1
    with peer(answering(), tls=certificate.context) as chat:
        road.send(chat.url("https"), ca_file=str(certificate.path))
    assert (road.fate()[0], chat.requests) == ("not_sent", [])


def test_row_30_a_peer_that_speaks_plain_http_is_sent_nothing(road: Road) -> None:
    with peer(lambda talk: talk.say(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as chat:
        road.send(chat.url("https"))
    assert (*road.fate(), chat.requests) == ("not_sent", "tls", "waiting", [])


@pytest.mark.usefixtures("short")
def test_row_30_a_peer_that_says_nothing_is_sent_nothing(road: Road) -> None:
    with peer(lambda talk: talk.hold()) as chat:
        road.send(chat.url("https"))
    assert (*road.fate(), chat.requests) == ("not_sent", "timeout", "waiting", [])
