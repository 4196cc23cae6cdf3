"""A server's row as the account the REST API is called with."""

from __future__ import annotations

from deliveries.rocketchat.rest import Account
from routing.models import RocketChatServer


def account_of(server: RocketChatServer, *, connect_timeout: float = 3.0, timeout: float = 10.0) -> Account:
    """Raises secrets.Unreadable."""
    return Account(
        base_url=server.base_url,
        user_id=server.user_id,
        token=server.token(),
        connect_timeout=connect_timeout,
        timeout=timeout,
        verify_tls=server.verify_tls,
        ca_file=server.ca_file,
    )
