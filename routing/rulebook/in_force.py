"""The rules in force, kept in memory and checked by one number, which triggers raise with every change."""

from __future__ import annotations

from django.db import connection

from routing.models import Rulebook
from routing.rulebook import compiling
from routing.rulebook.book import Book

_held: Book | None = None


def current() -> Book:
    """The rules as they are now; from memory if they still hold, which costs one small query to know."""
    global _held
    version = version_now()
    if _held is None or version is None or _held.version != version:
        _held = _load()
    return _held


VERSION = f"SELECT version FROM {Rulebook._meta.db_table} LIMIT 1"  # noqa: S608 - the name of our own table


def of(version: int | None) -> Book:
    """The rules in memory, if they are those of a version that was read with something else; else those in force."""
    if _held is not None and version is not None and _held.version == version:
        return _held
    return current()


def held() -> Book:
    """The rules in memory, which may be old; whoever decides by them compares their version inside its transaction."""
    return _held or current()


def version_now() -> int | None:
    """Asked for with every notification, so the statement is not put together anew each time."""
    with connection.cursor() as cursor:
        cursor.execute(VERSION)
        row = cursor.fetchone()
    return row[0] if row else None


def forget() -> None:
    """Drop what is kept in memory: for tests, whose rolled back changes reuse version numbers."""
    global _held
    _held = None


def _load() -> Book:
    # Rules and targets are read by several queries: read again if somebody changed them in between.
    for _ in range(5):
        version = version_now()
        book = compiling.read(version)
        if version_now() == version:
            break
    return book
