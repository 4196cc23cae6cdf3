"""What every test can ask for: a clock that stands still, a sandbox Rocket.Chat, rows that are there from the start."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime

import hypothesis
import pytest
from django.db import connection

from alerthub.sandbox import Sandbox
from deliveries import ingest, metrics
from routing import rulebook
from routing.models import token

# At a desk hypothesis looks for new examples each time; what gates a landing must not depend on luck.
hypothesis.settings.register_profile("gate", derandomize=True, deadline=None)
hypothesis.settings.register_profile("desk", deadline=None)
hypothesis.settings.load_profile("gate" if os.environ.get("CI") == "true" else "desk")

NOW = datetime(2026, 11, 23, 10, 2, 11, tzinfo=UTC)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Marks what touches neither database nor broker as `anywhere`, which `make test` runs once.

    The run on SQLite leaves out what holds on PostgreSQL only; `make test` has a run on each.
    """
    for item in items:
        if not touches_servers(item):
            item.add_marker("anywhere")
    left_out = [item for item in items if item.get_closest_marker("postgresql") and connection.vendor != "postgresql"]
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=left_out)


def touches_servers(item: pytest.Item) -> bool:
    fixtures = {"db", "transactional_db"} & set(getattr(item, "fixturenames", ()))
    return bool(fixtures) or any(item.get_closest_marker(name) for name in ("django_db", "journey", "broker"))


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    """Rolled back tests reuse version numbers and ids: drop what the process keeps in memory."""
    rulebook.forget()
    token.forget()
    metrics.forget()
    ingest.forget()


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(rate_limit=None) as server:
        yield server
