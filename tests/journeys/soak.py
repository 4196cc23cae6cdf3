"""`make soak`: the crash journey for as many minutes as you like, on both databases, PostgreSQL restarted too.

Takes ARGS="--minutes 10 --seed 7 --notifications 2000 --on both". A failure names the seed to repeat it with.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from tests import provision, servers

STORY = "tests/journeys/test_crash.py"
# As fast as two processors carry it while everything is killed and started again.
_A_MINUTE = 1000


def main(arguments: list[str]) -> int:
    wanted = _wanted(arguments)
    notifications = wanted.notifications or max(2000, round(_A_MINUTE * wanted.minutes))
    environment = os.environ | {
        "CRASH_SEED": str(wanted.seed),
        "CRASH_SECONDS": f"{wanted.minutes * 60:g}",
        "CRASH_NOTIFICATIONS": str(notifications),
        "PYTHONUNBUFFERED": "1",
    }
    failed = 0
    if wanted.on != "servers":
        print(f"\n== SQLite and the filesystem broker, {wanted.minutes:g} minutes, seed {wanted.seed}", flush=True)
        failed |= _tell(environment | {"TEST_DATABASE_URL": "", "TEST_REDIS_URL": ""})
    if wanted.on != "embedded":
        if {"postgres", "redis-server"} & set(provision.install()):
            print("The second half needs PostgreSQL and Redis; on Debian as root it installs them itself.")
            return 1
        print(f"\n== PostgreSQL and Redis, {wanted.minutes:g} minutes, seed {wanted.seed}", flush=True)
        failed |= _tell_on_servers(environment | {"CRASH_RESTARTS_DATABASE": "1"})
    return failed


def _wanted(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=2.0, help="of storm, on each database (default 2)")
    parser.add_argument("--seed", type=int, default=20261123)
    parser.add_argument("--notifications", type=int, default=0, help="default: 1000 a minute, 2000 or more")
    parser.add_argument("--on", choices=["embedded", "servers", "both"], default="both")
    return parser.parse_args(arguments)


def _tell_on_servers(environment: dict[str, str]) -> int:
    # The story has servers of its own, which it may kill; pytest's Django only wants to know that there are some.
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="alerthub-soak-")))
        urls = {"TEST_DATABASE_URL": stack.enter_context(servers.postgres(folder))}
        urls["TEST_REDIS_URL"] = stack.enter_context(servers.redis(folder))
        return _tell(environment | urls)


def _tell(environment: dict[str, str]) -> int:
    command = [sys.executable, "-m", "pytest", "-q", "-s", STORY]
    return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
