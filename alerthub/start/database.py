"""The database as Django wants it described, from DATABASE_URL."""

from __future__ import annotations

import sqlite3
from typing import Any
from urllib.parse import urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

_ENCODE = "Write /, #, ? and @ in a password as %2F, %23, %3F and %40."


def described(url: str, connections: int) -> dict[str, Any]:
    """What stands in DATABASES; `connections` is how many each process may hold. Raises ImproperlyConfigured."""
    try:
        database: dict[str, Any] = dict(dj_database_url.parse(url))
        parts = urlsplit(url)
    except (dj_database_url.ParseError, ValueError):
        raise ImproperlyConfigured(
            f"DATABASE_URL must read postgres://USER:PASSWORD@HOST:PORT/NAME. {_ENCODE}"
        ) from None
    # Behind a bare slash or number sign the rest of a password would be taken for a path.
    if not database["ENGINE"].endswith("sqlite3") and (parts.fragment or "@" in f"{parts.path}{parts.query}"):
        raise ImproperlyConfigured(f"DATABASE_URL has a sign that ends the host's part too early. {_ENCODE}")
    options = dict(database.get("OPTIONS") or {})
    if database["NAME"] in ("", ":memory:") and "service" not in options:
        # In memory each process, and each thread, would have a database of its own.
        raise ImproperlyConfigured(
            "DATABASE_URL names no database: it must end with /NAME, of SQLite with a file's path."
        )
    match database["ENGINE"]:
        case "django.db.backends.sqlite3":
            return database | _sqlite(options)
        case "django.db.backends.postgresql":
            return database | _postgresql(options, connections)
    raise ImproperlyConfigured("DATABASE_URL must be a postgres:// or sqlite:// address.")


def _sqlite(options: dict[str, Any]) -> dict[str, Any]:
    # The write-ahead log of SQLite before 3.51.3 can be corrupted by several processes; the rollback journal
    # cannot. NORMAL would lose the last commits at power failure, so it is never used.
    wal = sqlite3.sqlite_version_info >= (3, 51, 3)
    journal = "journal_mode=WAL;PRAGMA synchronous=FULL" if wal else "journal_mode=TRUNCATE;PRAGMA synchronous=EXTRA"
    options |= {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": f"PRAGMA {journal};"}
    return {"OPTIONS": options, "CONN_MAX_AGE": None}


def _postgresql(options: dict[str, Any], connections: int) -> dict[str, Any]:
    return {
        "ENGINE": "alerthub.postgresql",
        "OPTIONS": {"connect_timeout": 3} | options | {"pool": {"max_size": connections}},
        # Connections go back to the pool after each request; whether they still work is looked at when they are taken.
        "CONN_MAX_AGE": 0,
        # They outlive their transaction, which a pooler in transaction mode does not allow.
        "DISABLE_SERVER_SIDE_CURSORS": True,
    }
