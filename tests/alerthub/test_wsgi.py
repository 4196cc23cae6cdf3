"""Whether a request came by HTTPS: what a proxy on this machine, or a trusted one, says; nobody else."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

import pytest

from alerthub import wsgi

pytestmark = pytest.mark.anywhere


@pytest.mark.parametrize(
    ("peer", "said", "expected"),
    [
        ("127.0.0.1", "https", True),
        ("::1", "HTTPS", True),
        ("", "https", True),  # by a Unix socket
        ("10.0.0.7", "https", True),
        ("127.0.0.1", "https,http", True),  # the proxy nearest to the client stands first
        ("127.0.0.1", "http,https", False),
        ("127.0.0.1", "http", False),
        ("127.0.0.1", "", False),
        ("203.0.113.9", "https", False),
    ],
)
def test_only_proxies_say_that_it_was_https(settings: Any, peer: str, said: str, expected: bool) -> None:
    settings.TRUSTED_PROXIES = [ip_network("10.0.0.0/8")]
    assert wsgi._came_by_https({"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_PROTO": said}) is expected
