"""What the tests of the fault catalogue start from: a source, a road out, a door in that hints at nobody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from deliveries.rocketchat.client import Client, Hook
from deliveries.send import roads
from deliveries.wake import nudge
from routing.models import Source, Target
from tests import factories
from tests.faults.road import TOKEN, Road

DEADLINE = 0.4


@pytest.fixture
def source() -> Source:
    source = factories.make_source()
    source.new_token("test", TOKEN)
    return source


@pytest.fixture
def client() -> Iterator[Client]:
    client = roads.new_client()
    yield client
    client.close()


@pytest.fixture
def road(source: Source, client: Client, now: datetime) -> Road:
    return Road(source, client, now)


@pytest.fixture
def told(source: Source, monkeypatch: pytest.MonkeyPatch) -> Target:
    """A target that is told every alert; no worker is hinted at it."""
    monkeypatch.setattr(nudge, "targets", lambda _: None)
    target = factories.make_target()
    factories.make_rule(targets=[target])
    return target


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """A target's timeouts are whole seconds; nobody should wait for that in a test."""

    def hook(**fields: Any) -> Hook:
        return replace(Hook(**fields), timeout=DEADLINE, connect_timeout=DEADLINE)

    monkeypatch.setattr(roads, "Hook", hook)
