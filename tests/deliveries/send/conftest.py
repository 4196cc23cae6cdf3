"""The sandbox's rooms as targets that are told everything, and a client as the sender has one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from alerthub.sandbox import Hook, Sandbox
from deliveries.rocketchat.client import Client
from deliveries.send import roads
from routing.models import RocketChatServer, Target
from tests import factories


@pytest.fixture
def hook(sandbox: Sandbox) -> Hook:
    return sandbox.hook("#ops")


@pytest.fixture
def target(hook: Hook) -> Target:
    target = factories.make_target(url=hook.url)
    factories.make_rule(targets=[target])
    return target


@pytest.fixture
def server(sandbox: Sandbox) -> RocketChatServer:
    return factories.server_of(sandbox)


@pytest.fixture
def caller() -> Iterator[Client]:
    client = roads.new_client()
    yield client
    client.close()


@pytest.fixture
def targets() -> tuple[Target, Target]:
    """Both are told of everything."""
    both = factories.make_target("a"), factories.make_target("b")
    factories.make_rule(targets=both)
    return both
