"""Where a stack keeps its rows and hints: a fresh database and an empty broker, removed at the end."""

from __future__ import annotations

import itertools
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import redis

from tests import migrated

# Database 0 is the other tests'; a Redis has 16 unless told otherwise.
_numbers = itertools.cycle(range(1, 16))


@contextmanager
def database(folder: Path, *, empty: bool = False) -> Iterator[str]:
    """DATABASE_URL: a new database in the server of TEST_DATABASE_URL, or a SQLite file. It is migrated, unless it is to
    be empty: for stories that tell of the first start."""
    server = os.environ.get("TEST_DATABASE_URL")
    if not server:
        path = folder / "alerthub.sqlite3"
        if not empty:
            shutil.copy(migrated.file(), path)
        yield f"sqlite:///{path}"
        return
    name = f"journey_{secrets.token_hex(6)}"
    copied = "" if empty else f'TEMPLATE "{migrated.template(server)}"'
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} {copied}")
    try:
        yield f"{server.rpartition('/')[0]}/{name}"
    finally:
        with psycopg.connect(server, autocommit=True) as admin:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def broker() -> Iterator[str]:
    """CELERY_BROKER_URL: TEST_BROKER_URL, a flushed database of the server of TEST_REDIS_URL, or files in the data folder."""
    if url := os.environ.get("TEST_BROKER_URL"):
        yield url
        return
    server = os.environ.get("TEST_REDIS_URL")
    if not server:
        yield "filesystem://"
        return
    url = f"{server.rpartition('/')[0]}/{next(_numbers)}"
    with redis.Redis.from_url(url) as client:
        client.flushdb()
        try:
            yield url
        finally:
            client.flushdb()
