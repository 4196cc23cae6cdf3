"""Whose address a request has behind proxies: what a client writes into X-Forwarded-For itself is never believed."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from routing.access.clients import Trusted, behind, client_address

TRUSTED: Trusted = [ip_network("127.0.0.1"), ip_network("10.0.0.0/8"), ip_network("fd00::/8")]


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("203.0.113.9", "", "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),  # not one of our proxies: what it says counts for nothing
        ("127.0.0.1", "", "127.0.0.1"),  # on the machine itself, without a proxy
        ("127.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "198.51.100.1, 203.0.113.9", "203.0.113.9"),  # the client wrote the left one
        ("127.0.0.1", "198.51.100.1, 203.0.113.9, 10.1.2.3", "203.0.113.9"),  # two proxies
        ("127.0.0.1", "10.9.9.9, 203.0.113.9", "203.0.113.9"),  # a client that names a proxy of ours
        ("127.0.0.1", "10.9.9.9, 10.1.2.3", "10.9.9.9"),  # a client inside the trusted network
        ("127.0.0.1", "203.0.113.9:51812", "203.0.113.9"),
        ("127.0.0.1", "[2001:db8::7]:51812", "2001:db8::7"),
        ("127.0.0.1", "2001:db8::7", "2001:db8::7"),
        ("fd00::2", "2001:db8::7", "2001:db8::7"),
        ("::ffff:127.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "::ffff:203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "203.0.113.9, unknown", "127.0.0.1"),  # nobody knows who wrote what is left of it
        ("127.0.0.1", "203.0.113.9, , 10.1.2.3", "10.1.2.3"),
        ("127.0.0.1", "' OR 1=1", "127.0.0.1"),
        ("", "203.0.113.9", ""),  # a Unix socket that is not trusted
    ],
)
def test_the_client_is_the_nearest_that_is_no_trusted_proxy(peer: str, forwarded: str, expected: str) -> None:
    assert behind(peer, forwarded, TRUSTED) == expected


def test_a_proxy_may_come_by_a_unix_socket() -> None:
    assert behind("", "198.51.100.1, 203.0.113.9", ["unix"]) == "203.0.113.9"


@given(st.text(), st.ip_addresses(v=4).map(str).filter(lambda text: not text.startswith(("10.", "127."))))
def test_nothing_a_client_writes_changes_its_address(written: str, client: str) -> None:
    """A proxy adds on the right the address it was called from, whatever stands there already."""
    assert behind("127.0.0.1", f"{written}, {client}", TRUSTED) == client


@pytest.mark.parametrize(("trusted", "expected"), [([], "127.0.0.1"), (TRUSTED, "203.0.113.9")])
def test_only_the_setting_makes_a_proxy_trusted(settings: object, trusted: Trusted, expected: str) -> None:
    settings.TRUSTED_PROXIES = trusted  # type: ignore[attr-defined]
    request = RequestFactory().get("/", REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR="203.0.113.9")
    assert client_address(request) == expected
