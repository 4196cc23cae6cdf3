"""What every test can ask for: a clock that stands still, a sandbox Rocket.Chat, AlertHub as real processes."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import hypothesis
import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from alerthub.sandbox import Sandbox
from deliveries import rendering
from deliveries.accept import ingest
from deliveries.door import refusals, writing
from deliveries.figures import day, metrics, wall
from deliveries.figures.report import remembered
from deliveries.foresight import findings
from deliveries.send import abreast
from routing import rulebook
from routing.api import authentication
from routing.models import Source, token
from tests import factories, migrated, suite
from tests.journeys import stack as stacks
from tests.journeys.stack import Stack
from tests.rocketchat import RocketChat, running

# At a desk hypothesis looks for new examples each time; what gates a landing must not depend on luck.
hypothesis.settings.register_profile("gate", derandomize=True, deadline=None)
hypothesis.settings.register_profile("desk", deadline=None)
# A failure is all that is asked for there, not the smallest example of it.
ASKED = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
hypothesis.settings.register_profile("mutants", derandomize=True, deadline=None, phases=ASKED)
usual = "gate" if os.environ.get("CI") == "true" else "desk"
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", usual))

NOW = datetime(2026, 11, 23, 10, 2, 11, tzinfo=UTC)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Marks what touches neither database nor broker as `anywhere`, which `make test` runs once; and what asks Node.js.

    The run on SQLite leaves out what holds on PostgreSQL only; `make test` has a run on each.
    """
    for item in items:
        if not touches_servers(item):
            item.add_marker("anywhere")
        if "rocketchat" in getattr(item, "fixturenames", ()):
            item.add_marker("rocketchat")
        if item.get_closest_marker("journey") and not item.nodeid.startswith(suite.WITH_JOURNEYS):
            raise pytest.UsageError(f"{item.nodeid}: journeys are read from {' and '.join(suite.WITH_JOURNEYS)} only.")
    left_out = [item for item in items if item.get_closest_marker("postgresql") and connection.vendor != "postgresql"]
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=left_out)


def touches_servers(item: pytest.Item) -> bool:
    fixtures = {"db", "transactional_db"} & set(getattr(item, "fixturenames", ()))
    return bool(fixtures) or any(item.get_closest_marker(name) for name in ("django_db", "journey", "broker"))


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    """Begins from a copy of a migrated database."""
    migrated.begin()


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def source() -> Source:
    return factories.make_source()


@pytest.fixture
def browser(client: Client) -> Client:
    """The admin's pages, for who may do everything."""
    client.force_login(User.objects.create_superuser("ann", "", "x"))
    return client


@pytest.fixture(autouse=True)
def _one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine makes the stand-in Rocket.Chat slow, and what a test sees would depend on it. Journeys are as shipped."""
    monkeypatch.setattr(abreast, "SLOW", float("inf"))


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    """Rolled back tests reuse version numbers and ids: drop what the process keeps in memory."""
    rulebook.forget()
    token.forget()
    metrics.forget()
    ingest.forget()
    writing.forget()
    day.forget()
    remembered.forget()
    wall.forget()
    findings.forget()
    rendering.forget()
    authentication.guesses.forget()
    refusals.forget()


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(rate_limit=None) as server:
        yield server


@pytest.fixture(scope="session")
def rocketchat() -> Iterator[RocketChat]:
    """Rocket.Chat's own parser and schemas."""
    with running() as asked:
        yield asked


@pytest.fixture(scope="session")
def _shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with stacks.running(tmp_path_factory.mktemp("stack")) as stack:
        yield stack


@pytest.fixture
def stack(_shared: Stack) -> Stack:
    """AlertHub, running, with nothing left to do and empty rooms. For journeys."""
    _shared.tidy()
    return _shared


@pytest.fixture
def word() -> str:
    """In every alert of a story, so that stories do not read each other's."""
    return f"Story{secrets.token_hex(4)}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: Any, call: Any) -> Any:
    """A story that failed shows the end of its processes' logs."""
    report = yield
    if report.failed:
        for value in getattr(item, "funcargs", {}).values():
            if isinstance(value, Stack):
                report.sections.append(("the stack's logs", value.logs()))
    return report
