"""`make soak`: the crash journey for as many minutes as you like and with as many seeds, on both databases.

Takes ARGS="--minutes 10 --seed 7", or ARGS="--seeds 10" for ten seeds in a row; a line tells how each went. A failure
shows what does not add up, and names the seed to repeat it with. ARGS="--rolling 1200" tells of a rolling restart behind
nginx instead, with 1,200 posts.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from tests import lossy, provision, servers

STORY = "tests/journeys/test_crash.py"
ROLLING = "tests/journeys/test_rolling_restart.py"
# As fast as two processors carry it while everything is killed and started again.
_A_MINUTE = 1000


def main(arguments: list[str]) -> int:
    wanted = _wanted(arguments)
    if wanted.on != "embedded" and {"postgres", "redis-server"} & set(provision.install()):
        print("PostgreSQL and Redis are needed; on Debian as root they are installed. Or say --on embedded.")
        return 1
    failed = 0
    with ExitStack() as stack:
        places = list(_places(stack, wanted.on))
        for seed in range(wanted.seed, wanted.seed + wanted.seeds):
            for name, urls in places:
                failed |= _tell(wanted, seed, name, urls)
    return failed


def _wanted(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=0.5, help="of storm, for each seed and database (default 0.5)")
    parser.add_argument("--seed", type=int, default=20261123, help="the first one")
    parser.add_argument("--seeds", type=int, default=1, help="how many, one after another (default 1)")
    parser.add_argument("--notifications", type=int, default=0, help="default: 1000 a minute, 2000 or more")
    parser.add_argument("--on", choices=["embedded", "servers", "both"], default="both")
    parser.add_argument("--broker", choices=["", "loses"], default="", help="loses: one that delivers no message")
    parser.add_argument("--rolling", type=int, default=0, metavar="POSTS", help="the rolling restart instead")
    wanted = parser.parse_args(arguments)
    if wanted.rolling:
        wanted.on = "servers"
    return wanted


def _places(stack: ExitStack, on: str) -> Iterator[tuple[str, dict[str, str]]]:
    if on != "servers":
        yield "SQLite and files", {"TEST_DATABASE_URL": "", "TEST_REDIS_URL": ""}
    if on != "embedded":
        # The story has servers of its own, which it may kill; pytest's Django only wants to know that there are some.
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="alerthub-soak-")))
        urls = {"TEST_DATABASE_URL": stack.enter_context(servers.postgres(folder))}
        urls["TEST_REDIS_URL"] = stack.enter_context(servers.redis(folder))
        yield "PostgreSQL and Redis", urls


def _tell(wanted: argparse.Namespace, seed: int, name: str, urls: dict[str, str]) -> int:
    began = time.monotonic()
    environment = {
        "CRASH_SEED": str(seed),
        "CRASH_SECONDS": f"{wanted.minutes * 60:g}",
        "CRASH_NOTIFICATIONS": str(wanted.notifications or max(2000, round(_A_MINUTE * wanted.minutes))),
        "ROLLING_POSTS": str(wanted.rolling),
        "TEST_BROKER_URL": lossy.URL if wanted.broker else "",
    }
    command = [sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:randomly", ROLLING if wanted.rolling else STORY]
    done = subprocess.run(command, env=os.environ | environment | urls, capture_output=True, text=True, check=False)
    told = "; ".join(re.findall(r"^\d+ (?:posts|kills)\b.*$", done.stdout, re.MULTILINE))
    how = "FAILED" if done.returncode else "held"
    print(f"seed {seed} on {name}: {how} after {time.monotonic() - began:.0f} s. {told}", flush=True)
    if done.returncode:
        print(done.stdout[-20_000:], done.stderr[-5_000:], flush=True)
    return int(done.returncode != 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
