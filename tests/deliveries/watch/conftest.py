"""A target that hears troubles, one that is told of alerts, and moments by their seconds from the beginning."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from routing.models import Target
from tests import factories
from tests.deliveries.watch.rows import Clock


@pytest.fixture
def at(now: datetime) -> Clock:
    return lambda seconds: now + timedelta(seconds=seconds)


@pytest.fixture
def listener() -> Target:
    return factories.make_target("admins", hears_troubles=True)


@pytest.fixture
def ops() -> Target:
    target = factories.make_target()
    factories.tell_fallback(target)
    return target
