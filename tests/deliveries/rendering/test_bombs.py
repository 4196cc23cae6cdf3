"""Whatever a template does, it is a text or a fault within a moment."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from deliveries.rendering.renderers import Renderers
from deliveries.templating import TemplateFault, limits
from tests.deliveries.bombs import BOMBS, CONTEXT
from tests.deliveries.rendering.test_renderers import STRICT

pytestmark = pytest.mark.anywhere


@pytest.fixture(scope="module")
def renderers() -> Iterator[Renderers]:
    made = Renderers(STRICT)
    yield made
    made.sweep(idle=0)


def outcome(renderers: Renderers, card: str) -> str:
    """Its text, or its fault."""
    try:
        return renderers.render("", card, CONTEXT)[1]
    except TemplateFault as error:
        return str(error)


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_a_bomb_is_over_within_a_moment(renderers: Renderers, bomb: str) -> None:
    began = time.monotonic()
    assert len(outcome(renderers, bomb)) <= limits.LONGEST
    # Computing for 0.1 s and a new process, on a machine that does much else.
    assert time.monotonic() - began < 10
