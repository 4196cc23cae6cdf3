"""A migrated database, kept for each state of the models and migrations and copied by the runs that follow.

Migrating an empty database took most of a short run, in each of its processes. The copy is migrated again, which finds
nothing to do and lays triggers and roles.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
from django.db import connection

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".cache" / "migrated"
_DECIDING = (
    "*/migrations/*.py",
    "*/models/*.py",
    "routing/triggers.py",
    "alerthub/people/roles.py",
    "requirements.txt",
)


def state() -> str:
    """Names the schema: another one for every change of what makes it."""
    files = sorted(path for pattern in _DECIDING for path in ROOT.glob(pattern))
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in files)).hexdigest()[:16]


@contextmanager
def copied() -> Iterator[None]:
    """Around making the test database: begins from the copy, or keeps what was made as the next one's copy."""
    keeper = _Sqlite() if connection.vendor == "sqlite" else _Postgres()
    with _one_at_a_time():
        found = keeper.begin()
        if not found:
            yield
            keeper.keep()
    if found:
        yield


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Others wait for the first one's copy instead of making their own."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


class _Sqlite:
    def __init__(self) -> None:
        self._file = FOLDER / f"{state()}.sqlite3"

    def begin(self) -> bool:
        if not self._file.exists():
            return False
        # In memory for as long as this connection is open, which is until the process ends.
        creation: Any = connection.creation  # SQLite's
        self._open = sqlite3.connect(creation._get_test_db_name(), uri=True, check_same_thread=False)
        with closing(sqlite3.connect(self._file)) as kept:
            kept.backup(self._open)
        return True

    def keep(self) -> None:
        handle, path = tempfile.mkstemp(dir=FOLDER)
        os.close(handle)
        with closing(sqlite3.connect(path)) as kept:
            connection.ensure_connection()
            connection.connection.backup(kept)
        for old in FOLDER.glob("*.sqlite3"):
            old.unlink()
        Path(path).rename(self._file)


class _Postgres:
    def __init__(self) -> None:
        self._name = f"alerthub_migrated_{state()}"

    def begin(self) -> bool:
        with self._server() as server:
            found = server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [self._name]).fetchone()
        if found:
            connection.settings_dict["TEST"]["TEMPLATE"] = self._name
        return found is not None

    def keep(self) -> None:
        database: Any = connection
        made = database.settings_dict["NAME"]
        database.close()
        database.close_pool()
        with self._server() as server:
            server.execute(f'CREATE DATABASE "{self._name}" TEMPLATE "{made}"')

    def _server(self) -> Any:
        given: dict[str, Any] = connection.settings_dict
        return psycopg.connect(
            host=given["HOST"], port=given["PORT"], user=given["USER"], password=given["PASSWORD"], dbname="postgres",
            autocommit=True,
        )  # fmt: skip
