"""The database of a test, really made unwritable for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@contextmanager
def read_only() -> Iterator[None]:
    """For whoever uses this thread's connection, inside of a test's transaction; what is written besides is taken back."""
    if connection.vendor == "sqlite":
        _execute("PRAGMA query_only = ON")
        try:
            yield
        finally:
            _execute("PRAGMA query_only = OFF")
        return
    # It cannot be taken back but with what follows.
    before = transaction.savepoint()
    _execute("SET LOCAL transaction_read_only = on")
    try:
        yield
    finally:
        transaction.savepoint_rollback(before)


@contextmanager
def full() -> Iterator[None]:
    """SQLite's file may not grow: what the disk says when it is full, said by SQLite itself."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA page_count")
        pages = cursor.fetchone()[0]
        cursor.execute("PRAGMA max_page_count")
        most = cursor.fetchone()[0]
        cursor.execute(f"PRAGMA max_page_count = {pages}")
    try:
        yield
    finally:
        _execute(f"PRAGMA max_page_count = {most}")
