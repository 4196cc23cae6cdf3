"""Real servers for the tests: PostgreSQL and Redis on free loopback ports, their files in a temporary folder."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

STARTED_WITHIN_SECONDS = 90.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def find(program: str) -> str | None:
    """The path of a program, also where Debian keeps PostgreSQL's, and RabbitMQ's that are not only for its own user."""
    places = [
        Path("/usr/lib/rabbitmq/bin"),
        *sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True),
        Path("/usr/sbin"),
        Path("/usr/local/sbin"),
    ]
    path = os.pathsep.join([*map(str, places), os.environ.get("PATH", "")])
    return shutil.which(program, path=path)


def wait_for_port(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + STARTED_WITHIN_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"A server did not start:\n{log.read_text(errors='replace')[-2000:]}")


@contextmanager
def running(
    command: list[str],
    port: int,
    folder: Path,
    *,
    user: str | None = None,
    stop: int = signal.SIGTERM,
    cwd: Path | None = None,
    environment: dict[str, str] | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """Start a server, its log in `folder`; wait until it listens; stop it at the end."""
    log = folder / f"{Path(command[0]).name}-{port}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, user=user, cwd=cwd or folder,
            env=os.environ | (environment or {}),
        )  # fmt: skip
    try:
        wait_for_port(port, process, log)
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(stop)
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def redis(folder: Path, *options: str) -> Iterator[str]:
    """Further options may take its port for TLS: `{port}` in them becomes the number."""
    program = find("redis-server")
    assert program, "redis-server is missing"
    port = free_port()
    given = ["--port", str(port), *(option.format(port=port) for option in options)]
    kept = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(folder)]
    with running([program, *given, *kept], port, folder):
        yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """An empty cluster. PostgreSQL refuses to run as root, so then it runs as the user its package made."""
    initdb, server = find("initdb"), find("postgres")
    assert initdb, "PostgreSQL is missing"
    assert server, "PostgreSQL is missing"
    user = _unprivileged()
    home = folder / "postgres"
    home.mkdir()
    if user:
        folder.chmod(0o755)
        shutil.chown(home, user)
    data = home / "data"
    subprocess.run(
        [initdb, "-D", str(data), "-U", "alerthub", "--auth=trust", "--encoding=UTF8", "--locale=C", "-N"],
        check=True, stdout=subprocess.DEVNULL, user=user, cwd=home,
    )  # fmt: skip
    port = free_port()
    command = [
        server,
        "-D",
        str(data),
        "-p",
        str(port),
        "-k",
        str(home),
        "-c",
        "listen_addresses=127.0.0.1",
        "-c",
        "max_connections=200",
    ]
    # SIGINT is PostgreSQL's fast shutdown.
    url = f"postgres://alerthub@127.0.0.1:{port}/postgres"
    with running(command, port, home, user=user, stop=signal.SIGINT):
        _wait_for_postgres(url)
        yield url


_POOLER = """
[databases]
* = host={host} port={port} user={user}{password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {own_port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {at_once}
"""


@contextmanager
def pgbouncer(database_url: str, *, at_once: int = 2) -> Iterator[str]:
    """A pooler before a database: each transaction may run on another of so many connections. Yields its address."""
    program, user, port = find("pgbouncer"), _unprivileged(), free_port()
    assert program, "PgBouncer is missing"
    parts = urlsplit(database_url)
    # Not in pytest's folder: it does not run as root either.
    with tempfile.TemporaryDirectory(prefix="alerthub-pooler-") as name:
        folder, config = Path(name), Path(name) / "pgbouncer.ini"
        folder.chmod(0o755)
        password = f" password='{parts.password}'" if parts.password else ""
        config.write_text(
            _POOLER.format(
                host=parts.hostname, port=parts.port or 5432, user=parts.username, password=password,
                own_port=port, at_once=at_once,
            )
        )  # fmt: skip
        config.chmod(0o644)
        with running([program, str(config)], port, folder, user=user, stop=signal.SIGINT):
            yield f"postgres://{parts.username}@127.0.0.1:{port}{parts.path}"


def _wait_for_postgres(url: str) -> None:
    """It listens before it answers: "the database system is starting up"."""
    deadline = time.monotonic() + STARTED_WITHIN_SECONDS
    while True:
        try:
            psycopg.connect(url).close()
            return
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def _unprivileged() -> str | None:
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise RuntimeError("PostgreSQL does not run as root and there is no user to run it as.")
