"""`make test`: the whole suite on SQLite and the filesystem broker, then what touches them on PostgreSQL and Redis.

On each: first everything short, on all processors; then the journeys, one by one, because they watch the clock.
`make test BROKER=loses` tells it all with a broker that takes every hint and delivers none.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from tests import lossy, provision, servers

NO_TESTS = 5
JOURNEYS = "tests/journeys"
# More would only wait for each other: every process has its own Django and its own database.
_PROCESSES_AT_MOST = 4
_SLOWEST_SHOWN = ["--durations", "10", "--durations-min", "1"]


def main(arguments: list[str]) -> int:
    began = time.monotonic()
    missing = provision.install()
    if missing:
        print(f"Not on this machine: {', '.join(missing)}. Tests that need them are skipped, each with its reason.")
        if os.environ.get("CI") == "true":
            print("CI=true: that is a failure.")
            return 1
    losing, said = _broker()
    print(f"\n== SQLite and {said or 'the filesystem broker'}", flush=True)
    failed = _tell(arguments, {"TEST_DATABASE_URL": "", "TEST_REDIS_URL": ""} | losing)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="alerthub-servers-")))
        urls = _urls(stack, folder, missing)
        if urls is not None:
            print(f"\n== PostgreSQL and {said or 'Redis'}", flush=True)
            failed |= _tell(arguments, urls | losing, "not anywhere")
    print(f"\n{'FAILED' if failed else 'Passed'} after {time.monotonic() - began:.0f} s.", flush=True)
    return failed


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


def _tell(arguments: list[str], environment: dict[str, str], marked: str = "") -> int:
    """1 if anything failed."""
    codes = [_pytest([*options, *arguments], environment) for options in _runs(arguments, marked)]
    ran = [code for code in codes if code != NO_TESTS]
    # Files named by the caller may hold nothing for this half.
    return int(any(ran) or not (ran or arguments))


def _runs(arguments: list[str], marked: str) -> Iterator[list[str]]:
    """The options of each run of pytest that these arguments need."""
    if "-m" in arguments:
        yield []
        return
    named = [argument for argument in arguments if argument.startswith("tests")]
    also = f" and {marked}" if marked else ""
    if not named or not all(argument.startswith(JOURNEYS) for argument in named):
        at_once = min(os.cpu_count() or 1, _PROCESSES_AT_MOST)
        yield ["-m", f"not journey{also}", "-n", str(at_once), *_SLOWEST_SHOWN]
    yield ["-m", f"journey{also}", *_SLOWEST_SHOWN]


def _pytest(arguments: list[str], environment: dict[str, str]) -> int:
    command = [sys.executable, "-m", "pytest", *arguments]
    # Some machines forbid it; without it each process compiles all of AlertHub and the tests anew.
    compiled = {"PYTHONDONTWRITEBYTECODE": ""}
    return subprocess.run(command, env=os.environ | compiled | environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
