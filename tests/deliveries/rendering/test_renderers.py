"""The processes that render: whatever a template does, it is a text or a fault within a moment and a few megabytes."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from deliveries import rendering
from deliveries.rendering.renderer import Limits, Renderer
from deliveries.rendering.renderers import IDLE, NOT_AGAIN_FOR, Renderers
from deliveries.templating import TemplateFault, samples
from routing.access.turns import Turns
from tests.deliveries.bombs import BOMBS, CONTEXT

MEGABYTE = 1024 * 1024
# Less than a sample may compute, so that the suite does not wait; a machine under load starts processes slowly.
STRICT = Limits(computing=0.1, starting=60)
ENDLESS = BOMBS["list in itself, compared"]
GREEDY = BOMBS["sum of lists"]


class Time:
    """Seconds that pass when a test says so."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def renderers() -> Iterator[Renderers]:
    made = Renderers(STRICT)
    yield made
    made.sweep(idle=0)


@pytest.fixture
def clock() -> Time:
    return Time()


@pytest.fixture
def timed(clock: Time) -> Iterator[Renderers]:
    """Those of one test, by a clock of its own."""
    made = Renderers(STRICT, clock)
    yield made
    clock.now += IDLE
    made.sweep(idle=0)


def said(renderers: Renderers, card: str) -> str:
    return renderers.render("", card, CONTEXT)[1]


def fault(renderers: Renderers, card: str) -> str:
    with pytest.raises(TemplateFault) as caught:
        said(renderers, card)
    return str(caught.value)


def children() -> list[psutil.Process]:
    """The processes that render for this one."""
    return [child for child in psutil.Process().children() if "deliveries.templating" in " ".join(child.cmdline())]


def test_what_computes_without_an_end_is_stopped(renderers: Renderers) -> None:
    assert fault(renderers, ENDLESS + " ") == "It needed more than 0.1 seconds of computing."


def test_what_takes_all_memory_is_stopped() -> None:
    patient = Renderers(Limits(computing=30, starting=60, waiting=60))
    assert fault(patient, GREEDY) == "It needed more than 64 MB of memory."


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not bound memory")
def test_the_kernel_bounds_the_memory(renderers: Renderers) -> None:
    said(renderers, "x")
    bounds = {child.rlimit(psutil.RLIMIT_AS)[1] for child in children()}
    assert all(0 < bound < 128 * MEGABYTE for bound in bounds)


def test_bombs_leave_this_process_as_it_was(renderers: Renderers) -> None:
    said(renderers, "x")
    before = psutil.Process().memory_info().rss
    for bomb in (ENDLESS, GREEDY, BOMBS["str.format"], BOMBS["text added to itself"]):
        fault(renderers, bomb + "  ")
    assert psutil.Process().memory_info().rss - before < 20 * MEGABYTE


def test_the_processor_is_free_for_others_meanwhile(renderers: Renderers) -> None:
    """A bomb in this process would hold Python's lock for all its time: nothing else here would move."""
    turns, bomb = 0, threading.Thread(target=lambda: fault(renderers, ENDLESS + "   "))
    bomb.start()
    while bomb.is_alive():
        turns += 1
        time.sleep(0.001)
    assert turns > 10


def test_after_a_bomb_others_are_rendered(renderers: Renderers) -> None:
    fault(renderers, ENDLESS + "    ")
    assert said(renderers, "{{ severity }}") == "critical"


def test_a_bomb_is_not_tried_again_for_each_message(timed: Renderers) -> None:
    fault(timed, ENDLESS)
    assert fault(timed, ENDLESS) == (
        "Not tried: it needed more than 0.1 seconds of computing a few minutes ago. It is tried again after 5 minutes, "
        "or when it is changed."
    )


def test_a_bomb_is_tried_again_later(timed: Renderers, clock: Time) -> None:
    fault(timed, ENDLESS)
    clock.now += NOT_AGAIN_FOR
    assert fault(timed, ENDLESS) == "It needed more than 0.1 seconds of computing."


def test_a_template_that_was_changed_is_tried_at_once(timed: Renderers) -> None:
    fault(timed, ENDLESS)
    assert said(timed, ENDLESS.partition("{{")[0] + "mended") == "mended"


def test_a_mistake_is_tried_with_the_next_message(timed: Renderers) -> None:
    fault(timed, "{{ 1 / (count - 1) }}")
    assert timed.render("", "{{ 1 / (count - 1) }}", {"count": 2})[1] == "1.0"


def test_one_process_serves_many_texts(timed: Renderers) -> None:
    before = {child.pid for child in children()}
    for number in range(5):
        said(timed, f"{number}")
    assert len({child.pid for child in children()} - before) == 1


def test_a_process_without_work_ends(timed: Renderers, clock: Time) -> None:
    before = {child.pid for child in children()}
    said(timed, "x")
    clock.now += IDLE
    timed.sweep()
    assert {child.pid for child in children()} == before


def test_a_process_that_is_gone_is_replaced(timed: Renderers) -> None:
    before = {child.pid for child in children()}
    said(timed, "x")
    for child in children():
        if child.pid not in before:
            child.kill()
            child.wait()
    assert said(timed, "y") == "y"


def test_a_process_ends_with_its_parent() -> None:
    program = (
        "import os; from deliveries import rendering; rendering.render('x', '', {}); import psutil;"
        "print(psutil.Process().children()[0].pid, flush=True); os._exit(9)"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    left = [psutil.Process(int(pid)) for pid in told.stdout.split() if psutil.pid_exists(int(pid))]
    assert (told.returncode, psutil.wait_procs(left, timeout=30)[1]) == (9, [])


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_process_has_no_secret_and_opens_nothing(renderers: Renderers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "very secret")
    made = Renderer(STRICT)
    assert made.is_ready(60)
    child = psutil.Process(made.pid)
    found = child.environ(), child.rlimit(psutil.RLIMIT_NOFILE)[1], len(list(Path(f"/proc/{made.pid}/fd").iterdir()))
    made.end()
    assert found == ({"MALLOC_ARENA_MAX": "1"}, 3, 3)


def test_a_process_that_cannot_start_is_a_fault(timed: Renderers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    assert fault(timed, "x") == "The process that renders templates cannot be started: No such file or directory."


def test_a_process_that_starts_slowly_keeps_nobody(timed: Renderers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timed, "_limits", Limits(starting=0))
    assert fault(timed, "x") == "The process that renders templates is still starting."


def test_a_process_that_started_slowly_renders_for_others(
    timed: Renderers, clock: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {child.pid for child in children()}
    monkeypatch.setattr(timed, "_limits", Limits(starting=0))
    fault(timed, "x")
    monkeypatch.setattr(timed, "_limits", STRICT)
    clock.now += 10
    assert (said(timed, "x"), len({child.pid for child in children()} - before)) == ("x", 1)


def test_alerts_that_are_too_large_are_a_fault(renderers: Renderers) -> None:
    with pytest.raises(TemplateFault, match="too large for a template"):
        renderers.render("x", "", {"a": "x" * 3_000_000})


def test_a_text_that_is_too_long_is_a_fault(renderers: Renderers) -> None:
    assert renderers.fault("x" * 10_001) == "A template has at most 10,000 characters."


def test_a_template_that_fails_on_a_sample_says_on_which(renderers: Renderers) -> None:
    assert renderers.fault("{{ 1 / (count - 150) }}") == "Line 1: Division by zero. It failed on 150 alerts."


def test_each_field_has_its_fault() -> None:
    assert rendering.faults("{{ x", "{{ 1 / 0 }}").keys() == {"headline", "card"}


def test_every_sample_can_be_told(renderers: Renderers) -> None:
    source = (
        "{{ status }} {{ severity }} {{ count }} {{ labels.alertname }} {{ annotations.summary }} {{ group_labels.x }}"
    )
    assert (renderers.fault(source), len(samples.contexts())) == ("", 5)


def test_one_person_tries_a_template_and_two_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendering, "_people", Turns(at_once=1, waiting=0, patience=0))
    with rendering.for_a_person(), pytest.raises(rendering.Busy, match="Wait a few seconds"):
        rendering.faults("{{ severity }} of a busy moment", "")
