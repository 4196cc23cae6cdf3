"""A target without a rate limit that is told everything."""

from __future__ import annotations

import pytest

from routing.models import Target
from tests import factories


@pytest.fixture
def target() -> Target:
    target = factories.make_target()
    factories.make_rule(targets=[target])
    return target
