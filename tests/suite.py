"""`make test`: the whole suite on SQLite and the filesystem broker, then what touches them on PostgreSQL and Redis.

First everything short, on all processors, on one after the other; then the journeys side by side, which mostly wait: those
of both, and apart from them those that are told once, with a browser and without.
`make test BROKER=loses` tells it all with a broker that takes every hint and delivers none.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from tests import lossy, provision, servers

NO_TESTS = 5
JOURNEYS = "tests/journeys"
# Nothing else is read for them: reading all tests takes each process longer than a stack takes to start.
WITH_JOURNEYS = (JOURNEYS, "tests/faults")
# More would only wait for each other: every process has its own Django and its own database.
_PROCESSES_AT_MOST = 4
_SLOWEST_SHOWN = ["--durations", "10", "--durations-min", "1"]


@dataclass(frozen=True, slots=True)
class _Half:
    """The suite on one database and broker; `marked` narrows it to what touches them."""

    name: str
    environment: dict[str, str]
    marked: str = ""

    def told(self, what: str) -> list[str]:
        return ["-m", f"{what} and {self.marked}" if self.marked else what, *_SLOWEST_SHOWN]


def main(arguments: list[str]) -> int:
    began = time.monotonic()
    missing = provision.install()
    if missing:
        print(f"Not on this machine: {', '.join(missing)}. Tests that need them are skipped, each with its reason.")
        if os.environ.get("CI") == "true":
            print("CI=true: that is a failure.")
            return 1
    losing, said = _broker()
    sqlite = _Half(
        f"SQLite and {said or 'the filesystem broker'}", {"TEST_DATABASE_URL": "", "TEST_REDIS_URL": ""} | losing
    )
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="alerthub-servers-")))
        urls = _urls(stack, folder, missing)
        halves = [sqlite]
        if urls is not None:
            halves.append(_Half(f"PostgreSQL and {said or 'Redis'}", urls | losing, "not anywhere"))
        failed = _tell(arguments, halves)
    print(f"\n{'FAILED' if failed else 'Passed'} after {time.monotonic() - began:.0f} s.", flush=True)
    return int(failed)


def _broker() -> tuple[dict[str, str], str]:
    """What BROKER asks for."""
    match os.environ.get("BROKER", ""):
        case "":
            return {}, ""
        case "loses":
            return {"TEST_BROKER_URL": lossy.URL}, "a broker that loses everything"
        case other:
            raise SystemExit(f"BROKER={other} is not known: say BROKER=loses, or leave it out.")


def _urls(stack: ExitStack, folder: Path, missing: list[str]) -> dict[str, str] | None:
    given = {name: os.environ.get(name, "") for name in ("TEST_DATABASE_URL", "TEST_REDIS_URL")}
    if not given["TEST_DATABASE_URL"]:
        if "postgres" in missing:
            print("\nSkipped: the run on PostgreSQL; it is neither installed nor given as TEST_DATABASE_URL.")
            return None
        given["TEST_DATABASE_URL"] = stack.enter_context(servers.postgres(folder))
    if not given["TEST_REDIS_URL"]:
        if "redis-server" in missing:
            print("\nSkipped: the run on Redis; it is neither installed nor given as TEST_REDIS_URL.")
            return None
        given["TEST_REDIS_URL"] = stack.enter_context(servers.redis(folder))
    return given


def _tell(arguments: list[str], halves: Sequence[_Half]) -> bool:
    """Whether anything failed, or nothing ran."""
    codes: list[int] = []
    if "-m" in arguments:
        for half in halves:
            codes.append(_pytest(half, arguments))
    else:
        named = [argument for argument in arguments if argument.startswith("tests")]
        if not named or not all(argument.startswith(JOURNEYS) for argument in named):
            at_once = min(os.cpu_count() or 1, _PROCESSES_AT_MOST)
            for half in halves:
                codes.append(_pytest(half, [*half.told("not journey"), "-n", str(at_once), *arguments]))
        codes += _side_by_side(_parts(halves), arguments if named else [*WITH_JOURNEYS, *arguments])
    ran = [code for code in codes if code != NO_TESTS]
    # Files named by the caller may hold nothing for one half, or no journey.
    return any(ran) or not ran


def _pytest(half: _Half, arguments: list[str]) -> int:
    print(f"\n== {half.name}", flush=True)
    return _started(half, arguments).wait()


def _parts(halves: Sequence[_Half]) -> list[_Half]:
    """The first half's journeys in three parts, each about as long as the other half: what is told on each, and what once, with
    a browser and without."""
    first, *others = halves
    return [
        replace(first, marked="not anywhere"),
        replace(first, name=f"{first.name}, told once, with a browser", marked="anywhere and browser"),
        replace(first, name=f"{first.name}, told once", marked="anywhere and not browser"),
        *others,
    ]


def _side_by_side(parts: Sequence[_Half], arguments: list[str]) -> list[int]:
    """The journeys of all parts at once; what they print comes one after the other."""
    with ExitStack() as stack:
        written = [stack.enter_context(tempfile.TemporaryFile("w+")) for _ in parts]
        running = [
            _started(part, [*part.told("journey"), *arguments], output)
            for part, output in zip(parts, written, strict=True)
        ]
        codes = []
        for part, process, output in zip(parts, running, written, strict=True):
            codes.append(process.wait())
            output.seek(0)
            print(f"\n== Journeys on {part.name}\n{output.read()}", flush=True)
    return codes


def _started(half: _Half, arguments: list[str], output: IO[str] | None = None) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "pytest", *arguments]
    # Some machines forbid it; without it each process compiles all of AlertHub and the tests anew.
    compiled = {"PYTHONDONTWRITEBYTECODE": ""}
    environment = os.environ | compiled | half.environment
    return subprocess.Popen(command, env=environment, stdout=output, stderr=output and subprocess.STDOUT, text=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
