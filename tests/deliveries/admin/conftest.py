"""A room of the sandbox that is told what team "web" has by one rule and the rest by another, and two deliveries for it."""

from __future__ import annotations

from datetime import datetime

import pytest

from alerthub.sandbox import Sandbox
from deliveries.models import Delivery
from routing.models import Source, Target
from tests.factories import alert, make_rule, make_target, owed


@pytest.fixture
def target(sandbox: Sandbox) -> Target:
    target = make_target(url=sandbox.hook("#ops").url)
    make_rule("Web", [target], matchers='team="web"')
    make_rule("Rest", [target], position=20)
    return target


@pytest.fixture
def both(source: Source, target: Target, now: datetime) -> list[Delivery]:
    disk = alert("DiskFull", team="db", city="Zürich")
    latency = alert("Latency", team="web", severity="warning")
    return owed(source, now, disk, latency)
