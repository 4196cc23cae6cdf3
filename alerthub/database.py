"""The database as Django wants it described, from DATABASE_URL."""

from __future__ import annotations

import sqlite3
from typing import Any

import dj_database_url
from django.core.exceptions import ImproperlyConfigured


def described(url: str, connections: int) -> dict[str, Any]:
    """What stands in DATABASES; `connections` is how many each process may hold. Raises ImproperlyConfigured."""
    try:
        database: dict[str, Any] = dict(dj_database_url.parse(url))
    except (dj_database_url.ParseError, ValueError):
        raise ImproperlyConfigured("DATABASE_URL must read postgres://USER:PASSWORD@HOST:PORT/NAME") from None
    options = dict(database.get("OPTIONS") or {})
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
        # Connections go back to the pool after each request; it asks whether they still work.
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
        # They outlive their transaction, which a pooler in transaction mode does not allow.
        "DISABLE_SERVER_SIDE_CURSORS": True,
    }
