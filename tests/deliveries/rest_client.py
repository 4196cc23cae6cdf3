"""A client, and the sandbox's accounts as the sender would call them."""

from __future__ import annotations

from typing import Any

from alerthub.sandbox import Sandbox
from deliveries.rocketchat.client import Client
from deliveries.rocketchat.rest import Account
from deliveries.wire.networks import AddressPolicy


def new_client() -> Client:
    return Client(user_agent="AlertHub/1.2.3", policy=AddressPolicy(allow_loopback=True))


def account_of(sandbox: Sandbox, *, bot: bool = True, **more: Any) -> Account:
    known = sandbox.account(bot=bot)
    return Account(**({"base_url": known.base_url, "user_id": known.user_id, "token": known.token} | more))
