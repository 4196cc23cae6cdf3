"""Starts PostgreSQL and Redis, runs each measurement in its own process, prints a table."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from tests import provision, servers

PARTS = (
    "alone", "effort", "saturation", "rules", "ingest", "delivery", "hanging", "storm", "isolation", "backlog", "queries", "impact", "pages", "embedded",
)  # fmt: skip


def main(wanted: list[str]) -> int:
    if {"postgres", "redis-server"} & set(provision.install()):
        print("The benchmark needs PostgreSQL and Redis; on Debian as root it installs them itself.")
        return 1
    rows: list[tuple[str, str, str, bool]] = []
    for part in wanted or PARTS:
        print(f"measuring: {part}", file=sys.stderr, flush=True)
        try:
            rows += _measure(part)
        except subprocess.CalledProcessError:
            rows.append((f"{part} ended with an error, see above", "", "", False))
    width = max(len(row[0]) for row in rows)
    print(f"\n{'figure':{width}}  {'measured':>12}  {'to reach':>12}")
    for name, measured, target, reached in rows:
        print(f"{name:{width}}  {measured:>12}  {target:>12}  {'' if reached else 'MISSED'}")
    return 0 if all(row[3] for row in rows) else 1


def _measure(part: str) -> list[tuple[str, str, str, bool]]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="alerthub-bench-")))
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "alerthub.settings",
            "ALERTHUB_ENV_FILE": os.devnull,
            "ALERTHUB_DATA_DIR": str(folder / "data"),
            "LOG_LEVEL": "WARNING",
            "PYTHONWARNINGS": "ignore",
        }
        if part != "embedded":
            environment["DATABASE_URL"] = stack.enter_context(servers.postgres(folder))
            environment["CELERY_BROKER_URL"] = stack.enter_context(servers.redis(folder))
        done = subprocess.run(
            [sys.executable, "-m", f"tests.bench.{part}"],
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    return [tuple(row) for row in json.loads(done.stdout.strip().splitlines()[-1])]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
