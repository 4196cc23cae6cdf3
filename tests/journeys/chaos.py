"""Trouble for a story: processes killed with -9 and started again, a broker flushed, servers restarted. By the seed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import redis

from tests import migrated, servers
from tests.journeys.stack import Stack

PROCESSES = ("web", "worker 1", "worker 2", "beat")


class Redis:
    """A broker of the story's own, which may die and comes back empty at the same address."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._port = folder, servers.free_port()
        self._running = ExitStack()
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"redis://127.0.0.1:{self._port}/0"

    def start(self) -> None:
        program = servers.find("redis-server")
        assert program, "redis-server is missing"
        command = [program, "--port", str(self._port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process = self._running.enter_context(servers.running(command, self._port, self._folder))

    def stop(self) -> None:
        self._running.close()

    def flush(self) -> None:
        with redis.Redis.from_url(self.url) as client:
            client.flushall()

    def restart(self) -> None:
        assert self._process
        self._process.kill()
        self._process.wait()
        self.start()

    def __enter__(self) -> Redis:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


class Postgres:
    """A server of the story's own, which may crash and comes back by its write-ahead log, with a migrated database."""

    def __init__(self, folder: Path, server: str) -> None:
        self._server, self._folder = server, folder / "postgres"
        self.url = self.database("alerthub")

    def database(self, name: str) -> str:
        """The address of another migrated one."""
        with psycopg.connect(self._server, autocommit=True) as admin:
            admin.execute(f'CREATE DATABASE {name} TEMPLATE "{migrated.template(self._server)}"')
        return f"{self._server.rpartition('/')[0]}/{name}"

    def restart(self) -> None:
        """Crash: every connection is cut, nothing is written that was not."""
        # With the options it was started with, which it keeps in its folder.
        self._control("restart", "-m", "immediate", "-w", "-l", str(self._folder / "restarted.log"))

    def stop(self) -> None:
        self._control("stop", "-m", "fast")

    def _control(self, *words: str) -> None:
        program = servers.find("pg_ctl")
        assert program, "PostgreSQL is missing"
        subprocess.run(
            [program, "-D", str(self._folder / "data"), *words],
            check=True, stdout=subprocess.DEVNULL, user=servers._unprivileged(), cwd=self._folder,
        )  # fmt: skip


@contextmanager
def postgres() -> Iterator[Postgres]:
    # Not in pytest's folder: PostgreSQL's user may not look into that.
    with tempfile.TemporaryDirectory(prefix="alerthub-crash-") as name, servers.postgres(Path(name)) as url:
        own = Postgres(Path(name), url)
        try:
            yield own
        finally:
            own.stop()


@dataclass(slots=True)
class Chaos:
    """Kills about one process a second. `others`: what else may happen, by name."""

    stack: Stack
    dice: random.Random
    others: dict[str, Callable[[], None]] = field(default_factory=dict)
    done: Counter[str] = field(default_factory=Counter)

    def rage(self, seconds: float, over: threading.Event) -> None:
        """Until the time or the story is over; then everything runs again."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not over.wait(self.dice.uniform(0.4, 0.8)):
            victim = self._next_victim()
            kill(self.stack, victim)
            self.done[f"kill {victim}"] += 1
            if self.others and self.dice.random() < 0.2:
                name = self.dice.choice(sorted(self.others))
                self.others[name]()
                self.done[name] += 1
            over.wait(self.dice.uniform(0.1, 0.6))
            self.stack.start(victim)

    def _next_victim(self) -> str:
        """Each once before any twice: a short storm must not miss one by luck."""
        spared = [name for name in PROCESSES if not self.done[f"kill {name}"]]
        return self.dice.choice(spared or PROCESSES)


def kill(stack: Stack, name: str) -> None:
    """kill -9 for the process and all its children; each lives in a process group of its own."""
    os.killpg(stack.pid(name), signal.SIGKILL)
    stack.kill(name)
