"""The real time, as what looks ahead reads what came lately; and a target."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.utils import timezone

from routing.models import Target
from tests import factories


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def target() -> Target:
    return factories.make_target()
