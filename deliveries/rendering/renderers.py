"""The processes that render for this one: few, started when a template is used, ended when none was for a while."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from deliveries.rendering.remembered import Remembered
from deliveries.rendering.renderer import CannotStart, Limits, Renderer, Stopped
from deliveries.templating import samples
from deliveries.templating.fault import TemplateFault
from deliveries.templating.frames import TooLarge
from deliveries.templating.limits import LONGEST_SOURCE
from routing.access.turns import NoTurn, Turns

IDLE = 600.0  # seconds
NOT_AGAIN_FOR = 300.0
_KNOWN_FOR = 10.0  # from the page's question to its form's
_AT_ONCE = 2
_WAITING = 32  # more than the threads of a worker
_PATIENCE = 1.0  # seconds
_NO_WAIT_FOR = 5.0  # after one text waited in vain for a process to start
_LONGEST_START = 30.0
_AGAIN = f"It is tried again after {NOT_AGAIN_FOR / 60:.0f} minutes, or when it is changed."


class _Stopped(TemplateFault):
    """The fault of a template that needed too much."""


@dataclass(slots=True)
class _Free:
    renderer: Renderer
    since: float


class Renderers:
    """For any number of threads. `clock` counts seconds."""

    def __init__(self, limits: Limits | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits or Limits()
        self._clock = clock
        self._turns = Turns(_AT_ONCE, _WAITING, _PATIENCE)
        self._stopped = Remembered(NOT_AGAIN_FOR, clock)
        self._faults = Remembered(_KNOWN_FOR, clock)
        self._lock = threading.Lock()
        self._free: list[_Free] = []
        self._sweeper: threading.Timer | None = None
        self._wait_again_at = 0.0

    def render(self, headline: str, card: str, context: Mapping[str, Any]) -> tuple[str, str]:
        """Raises TemplateFault, also while these two texts are refused because they needed too much."""
        sources = {field: source for field, source in (("headline", headline), ("card", card)) if source}
        if not sources:
            return "", ""
        question = {"sources": sources, "contexts": [("", context)], "seconds": self._limits.computing}
        answer = self._asked(question, (headline, card))
        for words, line, _on in answer["faults"].values():
            raise TemplateFault(words, line)
        return answer["texts"].get("headline", ""), answer["texts"].get("card", "")

    def known_fault(self, source: str) -> str | None:
        """What `fault` found a few minutes ago."""
        return self._faults.get(source)

    def fault(self, source: str) -> str:
        """What is wrong with a text that is not yet in use, and with which of the samples; "" if nothing is."""
        if len(source) > LONGEST_SOURCE:
            return f"A template has at most {LONGEST_SOURCE:,} characters."
        contexts = list(samples.contexts().items())
        question = {"sources": {"text": source}, "contexts": contexts, "seconds": self._limits.sampling}
        try:
            answer = self._asked(question)
        except _Stopped as stopped:
            found = str(stopped)
        except TemplateFault as fault:
            return str(fault)
        else:
            found = next((f"{TemplateFault(*told)} It failed on {on}." for *told, on in answer["faults"].values()), "")
        self._faults.add(source, found)
        return found

    def forget(self) -> None:
        """Try again whatever needed too much."""
        self._stopped.forget()
        self._faults.forget()

    def _asked(self, question: dict[str, Any], version: tuple[str, str] | None = None) -> dict[str, Any]:
        try:
            with self._turns.taken():
                if version is not None and (why := self._stopped.get(version)):
                    raise TemplateFault(f"Not tried: it {why} a few minutes ago. {_AGAIN}")
                return self._answer(question)
        except NoTurn:
            raise TemplateFault("Other templates are rendered at the moment: there was no turn for it.") from None
        except CannotStart as error:
            raise TemplateFault(str(error)) from None
        except TooLarge:
            raise TemplateFault("These alerts are too large for a template.") from None
        except Stopped as stopped:
            if version is not None:
                self._stopped.add(version, str(stopped))
            raise _Stopped(f"It {stopped}.") from None

    def _answer(self, question: dict[str, Any]) -> dict[str, Any]:
        renderer = self._taken()
        try:
            return renderer.ask(question)
        finally:
            if renderer.lives:
                self._give_back(renderer, self._clock())

    def _taken(self) -> Renderer:
        """One that is ready. Raises CannotStart, also when it takes too long: then it goes on for those who come later."""
        found = self._next_free() or _Free(Renderer(self._limits), self._clock())
        waits = self._limits.starting if self._clock() >= self._wait_again_at else 0.0
        if found.renderer.is_ready(waits):
            return found.renderer
        self._wait_again_at = self._clock() + _NO_WAIT_FOR
        if self._clock() - found.since > _LONGEST_START:
            found.renderer.end()
        else:
            self._give_back(found.renderer, found.since)
        raise CannotStart("The process that renders templates is still starting.")

    def _next_free(self) -> _Free | None:
        with self._lock:
            while self._free:
                found = self._free.pop()
                if found.renderer.lives:
                    return found
                found.renderer.end()
        return None

    def _give_back(self, renderer: Renderer, since: float) -> None:
        with self._lock:
            self._free.append(_Free(renderer, since))
            if self._sweeper is None:
                self._sweep_later()

    def _sweep_later(self) -> None:
        self._sweeper = threading.Timer(IDLE, self.sweep)
        self._sweeper.daemon = True
        self._sweeper.start()

    def sweep(self, idle: float = IDLE) -> None:
        """End those that had nothing to do for so many seconds."""
        now = self._clock()
        with self._lock:
            over = [free for free in self._free if now - free.since >= idle]
            self._free = [free for free in self._free if now - free.since < idle]
            self._sweeper = None
            if self._free:
                self._sweep_later()
        for free in over:
            free.renderer.end()
