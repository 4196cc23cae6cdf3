"""A target that is told everything, and a story that begins now."""

from __future__ import annotations

import pytest
from django.utils import timezone

from routing.models import Target
from tests import factories
from tests.deliveries.accept.story import WINDOW, Story


@pytest.fixture
def target() -> Target:
    target = factories.make_target()
    factories.make_rule(targets=[target])
    return target


@pytest.fixture
def story(target: Target) -> Story:
    """Silences that are over are in no rulebook, so it begins at the real time."""
    return Story(factories.make_source(duplicate_window=WINDOW), timezone.now())
