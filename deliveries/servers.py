"""The check of a server's connection, for a person who waits."""

from __future__ import annotations

from deliveries import accounts, database, rest, sender
from deliveries.outcomes import Reason
from deliveries.rest import Finding
from routing import secrets
from routing.models import RocketChatServer


def check(server: RocketChatServer, room: str = "") -> tuple[Finding, ...]:
    """What stands between AlertHub and the server, or one room on it; takes seconds, and posts nothing."""
    try:
        account = accounts.account_of(server)
    except secrets.Unreadable:
        return (Finding("Access token", False, Reason.KEY_MISSING.advice),)
    database.release()
    client = sender.new_client()
    try:
        return rest.check(client, account, room)
    finally:
        client.close()
