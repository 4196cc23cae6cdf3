"""The two roads into a room: an incoming webhook, or a server's REST API. Both end in an Outcome.

What both need stands here too: a client that dials no address it may not, and a server's row as its account.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.conf import settings

from deliveries import database
from deliveries.models import Delivery, Thread
from deliveries.reasons import Reason
from deliveries.rocketchat import rest
from deliveries.rocketchat.client import Client, Hook
from deliveries.rocketchat.outcomes import Outcome
from deliveries.rocketchat.rest import Account, Step
from deliveries.wire.networks import AddressPolicy
from routing.access import secrets
from routing.models import RocketChatServer, Target


@dataclass(frozen=True, slots=True)
class Message:
    """What goes out for a delivery. `thread`: the message it answers in a thread, or edits. `opens`: later ones may
    refer to it."""

    body: dict[str, Any]
    thread: Thread | None = None
    edits: bool = False
    in_room: bool = False
    opens: bool = False

    @property
    def as_sent(self) -> dict[str, Any]:
        """For the trail."""
        if self.thread is None:
            return self.body
        return self.body | ({"edits": self.thread.message_id} if self.edits else {"tmid": self.thread.message_id})


@dataclass(slots=True)
class WebhookRoad:
    """Posts to an incoming webhook."""

    hook: Hook
    room_id: str = ""

    def send(self, client: Client, delivery: Delivery, message: Message) -> Outcome:
        body: Mapping[str, Any] = message.body
        # A webhook cannot show a reply in the room as well: asked for that, it shows it there only.
        if message.thread is not None and not message.in_room:
            body = body | {"tmid": message.thread.message_id}  # type: ignore[operator]
        if message.opens:
            # Only so it tells the id of what it posted; a server that does not know this says nothing of it.
            body = body | {"separateResponse": True}  # type: ignore[operator]
        return client.post(self.hook, dict(body))


@dataclass(slots=True)
class RestRoad:
    """Posts as a server's bot account, with an id of ours, so that nothing is ever posted twice."""

    account: Account
    target: Target
    room_id: str = field(default="")

    def send(self, client: Client, delivery: Delivery, message: Message) -> Outcome:
        # Messages side by side share this road: each goes by the room it began with.
        room_id = self.room_id
        if not room_id:
            resolved = rest.resolve(client, self.account, self.target.channel)
            if resolved.outcome is not None:
                return resolved.outcome
            self.room_id = room_id = resolved.room_id
        if message.edits and message.thread is not None:
            where = message.thread.room_id or room_id
            return rest.edit(client, self.account, where, message.thread.message_id, str(message.body["text"]))
        outcome = rest.send(
            client,
            self.account,
            room_id,
            message.body,
            message_id=delivery.message_id,
            tmid=message.thread.message_id if message.thread is not None else "",
            in_room=message.in_room,
            # A new id that is taken as well is no other database's: what stands there is this message.
            unclear=delivery.unknown_count > 0 or delivery.reason == Reason.ID_TAKEN.value,
        )
        if outcome.reason is Reason.BAD_ROOM and self.room_id == room_id:
            self.room_id = ""
        return outcome


Road = WebhookRoad | RestRoad


def to(target: Target, room_id: str) -> Road:
    """The road to a target. Raises secrets.Unreadable if its address or token cannot be decrypted."""
    if target.server is None:
        return WebhookRoad(
            Hook(
                url=target.webhook_url(),
                connect_timeout=target.connect_timeout,
                timeout=target.timeout,
                verify_tls=target.verify_tls,
                ca_file=target.ca_file,
            )
        )
    account = account_of(target.server, connect_timeout=target.connect_timeout, timeout=target.timeout)
    return RestRoad(account, target, room_id)


def account_of(server: RocketChatServer, *, connect_timeout: float = 3.0, timeout: float = 10.0) -> Account:
    """A server's row as the account the REST API is called with; timeouts in seconds. Raises secrets.Unreadable."""
    return Account(
        base_url=server.base_url,
        user_id=server.user_id,
        token=server.token(),
        connect_timeout=connect_timeout,
        timeout=timeout,
        verify_tls=server.verify_tls,
        ca_file=server.ca_file,
    )


@lru_cache(maxsize=1)
def policy() -> AddressPolicy:
    """Which network addresses may be dialled: the settings as dial's policy."""
    return AddressPolicy(
        allow_loopback=settings.ALLOW_LOOPBACK_TARGETS,
        blocked_networks=tuple(settings.BLOCKED_NETWORKS),
        allowed_hosts=frozenset(settings.ALLOWED_TARGET_HOSTS),
    )


def new_client() -> Client:
    """A client for one thread; close it when done."""
    return Client(user_agent=f"AlertHub/{settings.VERSION}", policy=policy())


def check(server: RocketChatServer, room: str = "") -> tuple[Step, ...]:
    """What stands between AlertHub and the server, or one room on it; takes seconds, and posts nothing."""
    try:
        account = account_of(server)
    except secrets.Unreadable:
        return (Step("Access token", False, Reason.KEY_MISSING.advice),)
    database.release()
    client = new_client()
    try:
        return rest.check(client, account, room)
    finally:
        client.close()
