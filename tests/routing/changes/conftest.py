"""A rule with a target, and its first state in the history."""

from __future__ import annotations

import pytest

from routing.changes.history import complete
from routing.models import Rule
from tests.factories import make_rule, make_target


@pytest.fixture
def rule() -> Rule:
    made = make_rule("Web", [make_target()], matchers='team="db"')
    complete(made)
    return made
