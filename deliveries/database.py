"""This thread's database connection: given back while it is not needed, and many rows read without keeping it busy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

from django.db import connection, connections
from django.db.models import Model, QuerySet

Row = TypeVar("Row", bound=Model)


def release() -> None:
    """Before this thread waits for something else: few connections serve many threads. The next query takes one again.

    Inside a transaction nothing happens.
    """
    for each in connections.all(initialized_only=True):
        if not each.in_atomic_block:
            each.close_if_unusable_or_obsolete()


def prepared() -> Any:
    """A cursor for a statement that is the same text each time: PostgreSQL parses it once, SQLite is asked as always."""
    wrapper: Any = connection
    return wrapper.prepared_cursor() if connection.vendor == "postgresql" else wrapper.cursor()


def in_portions(rows: QuerySet[Row], size: int, most: int | None = None) -> Iterator[Row]:
    """The rows in their order, at most `most`, never more than `size` in memory and no statement left open.

    One query if they fit into one portion. What is added meanwhile may be missing.
    """
    wanted = size if most is None else min(size, most)
    first = list(rows[:wanted])
    yield from first
    if len(first) < size:
        return
    told = {row.pk for row in first}
    ids = [pk for pk in rows.values_list("pk", flat=True)[:most] if pk not in told]
    del first
    for start in range(0, len(ids), size):
        portion = ids[start : start + size]
        found = rows.in_bulk(portion)
        yield from (found[pk] for pk in portion if pk in found)
