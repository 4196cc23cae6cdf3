"""`make test`: the whole suite on SQLite and the filesystem broker, then what touches them on PostgreSQL and Redis."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from tests import provision, servers

NO_TESTS = 5


def main(arguments: list[str]) -> int:
    missing = provision.install()
    if missing:
        print(f"Not on this machine: {', '.join(missing)}. Tests that need them are skipped, each with its reason.")
        if os.environ.get("CI") == "true":
            print("CI=true: that is a failure.")
            return 1
    print("\n== SQLite and the filesystem broker", flush=True)
    failed = _pytest(arguments, {"TEST_DATABASE_URL": "", "TEST_REDIS_URL": ""})
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="alerthub-servers-")))
        urls = _urls(stack, folder, missing)
        if urls is None:
            return failed
        print("\n== PostgreSQL and Redis", flush=True)
        failed |= _pytest(["-m", "not anywhere", *arguments], urls)
    return failed


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


def _pytest(arguments: list[str], environment: dict[str, str]) -> int:
    command = [sys.executable, "-m", "pytest", *arguments]
    code = subprocess.run(command, env=os.environ | environment, check=False).returncode
    return 0 if code == NO_TESTS and arguments else code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
