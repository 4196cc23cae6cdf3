"""The check of a server's connection, for a person who waits."""

from __future__ import annotations

from deliveries import database
from deliveries.rocketchat import rest
from deliveries.rocketchat.outcomes import Reason
from deliveries.rocketchat.rest import Finding
from deliveries.send import accounts, sender
from routing.access import secrets
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
