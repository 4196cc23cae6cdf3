"""A client, the sandbox's accounts as the sender would call them, and servers that answer oddly."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alerthub.sandbox import Sandbox
from deliveries.rocketchat import rest
from deliveries.rocketchat.client import Client
from deliveries.rocketchat.outcomes import Outcome
from deliveries.rocketchat.rest import Account
from deliveries.wire.networks import AddressPolicy
from tests.deliveries.peers import Talk, http, peer

ROOM = "#ops"
OWN = "ownOwnOwnOwnOwn01"
BODY = {"text": "disk full", "parseUrls": False}
MISSING = http("400 Bad Request", b'{"success":false}')


def new_client() -> Client:
    return Client(user_agent="AlertHub/1.2.3", policy=AddressPolicy(allow_loopback=True))


def account_of(sandbox: Sandbox, *, bot: bool = True, **more: Any) -> Account:
    known = sandbox.account(bot=bot)
    return Account(**({"base_url": known.base_url, "user_id": known.user_id, "token": known.token} | more))


def send(client: Client, account: Account, rid: str, body: dict[str, Any] | None = None, **more: Any) -> Outcome:
    return rest.send(client, account, rid, BODY if body is None else body, **({"message_id": OWN} | more))


def methods(sandbox: Sandbox) -> list[str]:
    return [each.method for each in sandbox.requests(sandbox.rest)]


@contextmanager
def odd_server(
    to_post: bytes, to_get: bytes, *, user_id: str = "some-user", token: str = "token-of-the-bot"
) -> Iterator[Account]:
    """An account on a server that answers every POST with the one and every GET with the other."""

    def script(talk: Talk) -> None:
        while heard := talk.hear():
            talk.say(to_post if heard.startswith(b"POST") else to_get)

    with peer(script) as server:
        yield Account(f"http://127.0.0.1:{server.port}", user_id, token)
