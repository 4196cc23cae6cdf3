"""The processes that render for this one: who has a turn, what is remembered, and how long one is kept."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import psutil
import pytest

from deliveries.rendering.renderer import Limits
from deliveries.rendering.renderers import IDLE, Renderers
from deliveries.templating import TemplateFault
from routing.access.turns import Turns
from tests.deliveries.rendering.test_renderers import ENDLESS, STRICT, Time, children

pytestmark = pytest.mark.anywhere

UNREADY = Limits(starting=0)


@pytest.fixture
def clock() -> Time:
    return Time()


@pytest.fixture
def others() -> set[int]:
    """The processes that render before the test."""
    return {child.pid for child in children()}


@pytest.fixture
def timed(clock: Time, others: set[int]) -> Iterator[Renderers]:
    made = Renderers(STRICT, clock)
    yield made
    clock.now += IDLE
    made.sweep()


def own(others: set[int]) -> list[psutil.Process]:
    return [child for child in children() if child.pid not in others]


def fault(renderers: Renderers) -> str:
    with pytest.raises(TemplateFault) as caught:
        renderers.render("", "x", {})
    return str(caught.value)


def test_for_two_empty_texts_no_process_is_started(timed: Renderers, others: set[int]) -> None:
    assert (timed.render("", "", {}), own(others)) == (("", ""), [])


def test_an_empty_text_stays_empty_beside_the_other(timed: Renderers) -> None:
    assert timed.render("{{ 1 + 1 }}", "", {}) == ("2", "")


def test_who_has_no_turn_is_told_so(timed: Renderers, monkeypatch: pytest.MonkeyPatch) -> None:
    turns = Turns(at_once=1, waiting=0, patience=0)
    monkeypatch.setattr(timed, "_turns", turns)
    with turns.taken():
        assert fault(timed) == "Other templates are rendered at the moment: there was no turn for it."


def test_what_needs_too_much_on_a_sample_is_remembered(timed: Renderers) -> None:
    found = timed.fault(ENDLESS)
    assert (found, timed.known_fault(ENDLESS)) == ("It needed more than 0.15 seconds of computing.", found)


def test_what_needs_too_much_on_a_sample_may_still_be_tried_for_a_message(timed: Renderers) -> None:
    timed.fault(ENDLESS)
    with pytest.raises(TemplateFault, match=r"^It needed more than 0\.1 seconds of computing"):
        timed.render("", ENDLESS, {})


def test_a_text_without_a_fault_is_remembered(timed: Renderers) -> None:
    assert (timed.fault("x"), timed.known_fault("x"), timed.known_fault("y")) == ("", "", None)


def test_what_is_not_the_templates_fault_is_not_remembered(timed: Renderers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    found = timed.fault("x")
    assert (found.startswith("The process that renders templates cannot be started"), timed.known_fault("x")) == (
        True,
        None,
    )


def start_slowly(renderers: Renderers, others: set[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaves a process that never becomes ready."""
    monkeypatch.setattr(renderers, "_limits", UNREADY)
    fault(renderers)
    for child in own(others):
        child.suspend()


@pytest.mark.parametrize(("seconds", "kept"), [(30, 1), (31, 0)])
def test_a_process_that_does_not_become_ready_has_half_a_minute(
    timed: Renderers, clock: Time, others: set[int], monkeypatch: pytest.MonkeyPatch, seconds: int, kept: int
) -> None:
    start_slowly(timed, others, monkeypatch)
    clock.now += seconds
    assert (fault(timed), len(own(others))) == ("The process that renders templates is still starting.", kept)


def test_a_process_that_had_work_lately_is_kept_and_looked_at_again(
    timed: Renderers, clock: Time, others: set[int]
) -> None:
    timed.render("", "x", {})
    clock.now += IDLE - 1
    timed.sweep()
    assert len(own(others)) == 1
    assert timed._sweeper is not None
    assert timed._sweeper.is_alive()
