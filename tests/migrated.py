"""A migrated database, kept for each state of the models and migrations and copied by what follows: tests and journeys.

Migrating an empty database took most of a short run, in each of its processes, and much of a story's start. A copy is
migrated again, which finds nothing to do and lays triggers and roles. No key is in it, as `prepare` has not seen it yet.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
from django.db import connection

from tests import servers

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


def begin() -> None:
    """Has Django's test database begin from a copy."""
    own: Any = connection
    if own.vendor == "sqlite":
        # In memory for as long as this connection is open, which is until the process ends.
        own.kept_open = sqlite3.connect(own.creation._get_test_db_name(), uri=True, check_same_thread=False)
        with closing(sqlite3.connect(file())) as kept:
            kept.backup(own.kept_open)
    else:
        own.settings_dict["TEST"]["TEMPLATE"] = template(os.environ["TEST_DATABASE_URL"])


def file() -> Path:
    """SQLite's, to be copied."""
    found = FOLDER / f"{state()}.sqlite3"
    with _one_at_a_time("sqlite"):
        if not found.exists():
            with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
                made = Path(folder) / "made.sqlite3"
                _migrate(f"sqlite:///{made}")
                with closing(sqlite3.connect(made)) as alone:
                    # What a write-ahead log holds would stay behind.
                    alone.execute("PRAGMA journal_mode = DELETE")
                for old in FOLDER.glob("*.sqlite3"):
                    old.unlink()
                made.rename(found)
    return found


def template(server: str) -> str:
    """PostgreSQL's, by its name for CREATE DATABASE. `server`: the address of a database there that nobody copies."""
    name, made = f"alerthub_migrated_{state()}", f"alerthub_migrating_{secrets.token_hex(6)}"
    with _one_at_a_time("postgresql"), psycopg.connect(server, autocommit=True) as admin:
        if not admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            admin.execute(f'CREATE DATABASE "{made}"')
            try:
                _fill(f"{server.rpartition('/')[0]}/{made}", admin.info.server_version // 10000)
                admin.execute(f'ALTER DATABASE "{made}" RENAME TO "{name}"')
            finally:
                admin.execute(f'DROP DATABASE IF EXISTS "{made}" WITH (FORCE)')
    return name


def _fill(url: str, version: int) -> None:
    """From what is kept of another server of this version: each run of the suite has new ones."""
    found = FOLDER / f"{state()}.{version}.sql"
    psql, pg_dump = servers.find("psql"), servers.find("pg_dump")
    if psql and found.exists():
        whole = ["--single-transaction", "--set=ON_ERROR_STOP=1", f"--file={found}"]
        subprocess.run([psql, "--no-psqlrc", "--quiet", "--output", os.devnull, *whole, url], check=True)
        return
    _migrate(url)
    if pg_dump:
        with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
            made = Path(folder) / "made.sql"
            # One that is older than its server refuses.
            if subprocess.run([pg_dump, "--no-owner", f"--file={made}", url], check=False).returncode == 0:
                for old in FOLDER.glob(f"*.{version}.sql"):
                    old.unlink()
                made.rename(found)


def _migrate(url: str) -> None:
    environment = os.environ | {"TEST_DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    subprocess.run([sys.executable, "manage.py", "migrate", "-v", "0"], cwd=ROOT, env=environment, check=True)


@contextmanager
def _one_at_a_time(what: str) -> Iterator[None]:
    """Others wait for the first one's copy instead of making their own."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / f"{what}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
