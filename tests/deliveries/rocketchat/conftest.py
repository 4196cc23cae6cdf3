"""A client, as the sender has one, and an account of the sandbox's server with a room."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from alerthub.sandbox import Sandbox
from deliveries.rocketchat.client import Client
from deliveries.rocketchat.rest import Account
from tests.deliveries.rest_client import ROOM, account_of, new_client


@pytest.fixture
def client() -> Iterator[Client]:
    made = new_client()
    yield made
    made.close()


@pytest.fixture
def account(sandbox: Sandbox) -> Account:
    return account_of(sandbox)


@pytest.fixture
def rid(sandbox: Sandbox) -> str:
    return sandbox.room(ROOM).id
