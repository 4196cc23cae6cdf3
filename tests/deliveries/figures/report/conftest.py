"""One target that is told everything."""

from __future__ import annotations

import pytest

from routing.models import Source, Target
from tests import factories
from tests.deliveries.figures.report.history import told_to


@pytest.fixture
def target() -> Target:
    return factories.make_target()


@pytest.fixture
def source(target: Target) -> Source:
    return told_to(target)
