"""One process that renders, and the end of it."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psutil
import pytest

from deliveries.rendering.renderer import CannotStart, Limits, Renderer, Stopped
from tests.deliveries.bombs import BOMBS

pytestmark = pytest.mark.anywhere

PATIENT = 60.0
ENDLESS = BOMBS["list in itself, compared"]


@contextmanager
def ready(limits: Limits) -> Iterator[Renderer]:
    renderer = Renderer(limits)
    try:
        assert renderer.is_ready(PATIENT)
        yield renderer
    finally:
        renderer.end()


def question(source: str, seconds: float = 30) -> dict[str, Any]:
    return {"sources": {"card": source}, "contexts": [("", {})], "seconds": seconds}


def end_of(renderer: Renderer, source: str) -> str:
    with pytest.raises(Stopped) as caught:
        renderer.ask(question(source))
    return str(caught.value)


def test_a_process_that_is_ready_stays_so() -> None:
    with ready(Limits()) as renderer:
        assert renderer.is_ready(0)


def test_a_process_that_ends_at_its_start_cannot_be_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", shutil.which("false"))
    renderer = Renderer(Limits())
    with pytest.raises(CannotStart, match="The process that renders templates ended at its start"):
        renderer.is_ready(PATIENT)
    assert not renderer.lives


def test_what_does_not_answer_in_time_is_stopped() -> None:
    with ready(Limits(waiting=0.05)) as renderer:
        assert (end_of(renderer, ENDLESS), renderer.lives) == ("took longer than 0.05 seconds", False)


def test_a_process_that_somebody_killed_is_told_with_its_signal() -> None:
    with ready(Limits()) as renderer:
        psutil.Process(renderer.pid).kill()
        assert end_of(renderer, "x") == "ended the process that renders it (-9)"


def test_a_fault_leaves_the_process_to_others() -> None:
    with ready(Limits()) as renderer:
        faults = renderer.ask(question("{{ 1 / 0 }}"))["faults"]
        assert (faults, renderer.lives) == ({"card": ["Division by zero.", 1, ""]}, True)
