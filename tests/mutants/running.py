"""The plugin for pytest: collect once, see which test runs which function, then a process for each change.

Each process is a fork of the one that has collected the tests and made the database in memory, so it begins in a moment
and leaves nothing behind.
"""

from __future__ import annotations

import gc
import json
import os
import pickle
import random
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

from tests.mutants import asking, changes, living
from tests.mutants.asking import Asked, Seen
from tests.mutants.changes import Mutant

ROOT = Path(__file__).resolve().parents[2]
# Of a processor, for one change: the nearest and quickest tests, and for what they do not notice others.
_FIRST_SECONDS, _THEN_SECONDS = 15.0, 60.0
_NOTICED, _MISSED, _NOT_MADE = 1, 0, 3
# A change may make it go round for ever: it is ended after some times what its tests take, and noticed.
_AT_LEAST_SECONDS, _TIMES_LONGER = 10.0, 4

Alive = Mapping[str, list[FunctionType]]
"""The functions of each file."""


@dataclass(frozen=True, slots=True)
class Verdict:
    mutant: Mutant
    is_noticed: bool


@dataclass(slots=True)
class Mutating:
    """The plugin. `verdicts` are filled by the run."""

    files: Sequence[Path]
    memory: Path
    sample: int
    seed: int
    verdicts: list[Verdict] = field(default_factory=list)
    skipped: int = 0

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = session.items
        _begin(items)
        seen = self._seen(items)
        mutants = self._mutants()
        took = {test: seconds for test, (seconds, _) in seen.items()}
        runs = asking.runs(items, seen)
        alive = living.functions({str(ROOT / mutant.file) for mutant in mutants})
        # A collection in a process would copy all that it shares with this one.
        gc.collect()
        gc.freeze()
        jobs = [
            (mutant, Asked.of(runs[f"{mutant.file}:{mutant.function}"], took, _FIRST_SECONDS)) for mutant in mutants
        ]
        _control([asked.items for _, asked in jobs])
        left = self._tried(jobs, alive)
        # What the nearest do not notice others may, which take longer.
        left = self._tried([(mutant, asked.rest(took, _THEN_SECONDS)) for mutant, asked in left], alive)
        for mutant, asked in left:
            self.verdicts.append(Verdict(mutant, False))
            _say(
                f"{mutant.file}:{mutant.line} {mutant.function}: {mutant.change}  ({asked.before + len(asked.items)} tests)"
            )
        return True

    def _tried(self, jobs: Sequence[_Job], alive: Alive) -> list[_Job]:
        """Those of the jobs that nobody noticed."""
        began, left = time.monotonic(), list[_Job]()
        trials = [_trial(mutant, asked, alive) for mutant, asked in jobs]
        for number, (place, status) in enumerate(_in_processes(trials), 1):
            if status == _NOT_MADE:
                self.skipped += 1
            elif status == _MISSED:
                left.append(jobs[place])
            else:
                self.verdicts.append(Verdict(jobs[place][0], True))
            if number % 100 == 0:
                _say(f"-- {number} of {len(jobs)} after {time.monotonic() - began:.0f} s, {len(left)} not noticed")
        return left

    def _mutants(self) -> list[Mutant]:
        found = [
            mutant
            for path in self.files
            for mutant in changes.of(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8"))
        ]
        if self.sample and self.sample < len(found):
            chosen = random.Random(self.seed).sample(range(len(found)), self.sample)
            found = [found[place] for place in sorted(chosen)]
        # By chance, so that what is known halfway is true of the whole.
        random.Random(self.seed).shuffle(found)
        return found

    def _seen(self, items: Sequence[pytest.Item]) -> Seen:
        if self.memory.exists():
            remembered: Seen = json.loads(self.memory.read_text())
            return remembered
        _say(f"Seeing which of {len(items)} tests runs what; this is kept for as long as nothing changes.")
        paths = {str(path): str(path.relative_to(ROOT)) for path in self.files}
        shares = os.cpu_count() or 1
        parts = [self.memory.with_suffix(f".{share}") for share in range(shares)]
        cut = -(-len(items) // shares)
        watched = [_watching(items[share * cut : (share + 1) * cut], paths, part) for share, part in enumerate(parts)]
        list(_in_processes(watched))
        seen: Seen = {}
        for part in parts:
            seen |= pickle.loads(part.read_bytes())
            part.unlink()
        self.memory.write_text(json.dumps(seen))
        return seen


_Job = tuple[Mutant, Asked]


def _begin(items: Sequence[pytest.Item]) -> None:
    """Run one test that needs the database, so that every fork has one."""
    first = next(item for item in items if item.get_closest_marker("django_db"))
    last: Any = _Nothing(first.session)
    runtestprotocol(first, log=False, nextitem=last)


class _Nothing:
    """Stands for the test after the last: all is torn down but what the session shares."""

    def __init__(self, session: pytest.Session) -> None:
        self.session = session

    def listchain(self) -> list[Any]:
        return [self.session]


def _control(asked: Sequence[Sequence[pytest.Item]]) -> None:
    """Without a change nothing fails, or what follows would prove nothing. Raises RuntimeError."""
    first = {item.nodeid: item for some in asked for item in some[:3]}.values()

    def unchanged(items: Sequence[pytest.Item]) -> int:
        failed = [item.nodeid for item, has_failed in _told(items) if has_failed]
        _say("".join(f"Fails with nothing changed: {each}\n" for each in failed))
        return len(failed) and _NOTICED

    both = sorted(first, key=asking.empties), max(asked, key=len, default=[])
    if any(status for _, status in _in_processes([partial(unchanged, items) for items in both])):
        raise RuntimeError("Tests fail with nothing changed.")


def _trial(mutant: Mutant, asked: Asked, alive: Alive) -> Callable[[], int]:
    path = str(ROOT / mutant.file)

    def tried() -> int:
        signal.setitimer(signal.ITIMER_VIRTUAL, _AT_LEAST_SECONDS + asked.seconds * _TIMES_LONGER)
        if not living.change(mutant, path, alive[path]):
            return _NOT_MADE
        return _NOTICED if any(failed for _, failed in _told(asked.items)) else _MISSED

    return tried


def _watching(items: Sequence[pytest.Item], paths: dict[str, str], part: Path) -> Callable[[], int]:
    def watched() -> int:
        seen: Seen = {}
        told = _told(items)
        while True:
            ran: set[CodeType] = set()
            began = time.process_time()

            def note(frame: FrameType, event: str, _: Any, ran: set[CodeType] = ran) -> None:
                if event == "call" and frame.f_code.co_filename in paths:
                    ran.add(frame.f_code)

            sys.setprofile(note)
            try:
                item, failed = next(told)
            except StopIteration:
                break
            finally:
                sys.setprofile(None)
            names = {f"{paths[code.co_filename]}:{code.co_qualname.partition('.<locals>')[0]}" for code in ran}
            if not failed:
                seen[item.nodeid] = (time.process_time() - began, sorted(names))
        part.write_bytes(pickle.dumps(seen))
        return 0

    return watched


def _told(items: Sequence[pytest.Item]) -> Iterator[tuple[pytest.Item, bool]]:
    """Each test and whether it failed. Nothing that the session shares is torn down at the end."""
    for place, item in enumerate(items):
        following: Any = items[place + 1] if place + 1 < len(items) else _Nothing(item.session)
        reports = runtestprotocol(item, log=False, nextitem=following)
        yield item, any(report.failed for report in reports)


def _in_processes(jobs: Sequence[Callable[[], int]]) -> Iterator[tuple[int, int]]:
    """Place and status of each job as it ends, as many at once as there are processors."""
    left, running = list(enumerate(jobs)), dict[int, int]()
    while left or running:
        while left and len(running) < (os.cpu_count() or 1):
            place, job = left.pop(0)
            running[_forked(job)] = place
        process, status = os.wait()
        if process in running:
            # Ended by a signal: it hung or took the process with it, which nobody would overlook.
            yield running.pop(process), os.WEXITSTATUS(status) if os.WIFEXITED(status) else _NOTICED


def _forked(job: Callable[[], int]) -> int:
    process = os.fork()
    if process:
        return process
    status = _NOTICED
    try:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        status = job()
    except BaseException as error:
        _say(f"{type(error).__name__}: {error}")
    finally:
        os._exit(status)


def _say(line: str) -> None:
    os.write(_SCREEN, f"{line}\n".encode())


# pytest takes what is printed; this goes where the command was given.
_SCREEN = os.dup(1)
