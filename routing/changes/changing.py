"""Changing a row that others may change at the same moment: locked from being read until it is written, and of its
columns only those are written that differ. The record in its history so tells of the row as it is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, TypeVar

from django.db import models

from routing.changes.history import CHANGED, is_kept

Row = TypeVar("Row", bound=models.Model)
Values = Mapping[str, Any]


def for_update(rows: models.QuerySet[Row]) -> models.QuerySet[Row]:
    """The same rows, locked until the transaction ends. Others may still refer to them, as deliveries do to targets."""
    return rows.select_for_update(of=("self",), no_key=True)


def locked(model: type[Row], pk: Any) -> Row | None:
    """The row as it is now; None if there is none. Needs a transaction."""
    return for_update(model._default_manager.filter(pk=pk)).first()


def values(row: models.Model) -> Values:
    """What its columns hold, for `save`: taken before it is changed."""
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def differs(row: models.Model, before: Values | None, name: str) -> bool:
    """Whether this column holds something else than before; always, for a row that was not there."""
    return before is None or before[name] != getattr(row, name)


def save(row: models.Model, before: Values) -> None:
    """Writes what differs from `before`, which was read under the lock."""
    _write(row, [name for name, value in values(row).items() if value != before[name]])


def save_named(row: models.Model, names: Collection[str]) -> None:
    """Writes these columns of a row that was read without a lock; the others become what they are by now."""
    columns = {field.name: field.attname for field in row._meta.concrete_fields}
    named = [columns[name] for name in names if name in columns]
    others = [attname for attname in columns.values() if attname not in named]
    row.refresh_from_db(fields=others, from_queryset=for_update(type(row)._default_manager.all()))
    _write(row, named)


def _write(row: models.Model, names: list[str]) -> None:
    # When it was changed is written at every change, also at one that only says "try again".
    moments = [field.attname for field in row._meta.concrete_fields if getattr(field, "auto_now", False)]
    if names or moments:
        row.save(update_fields=[*names, *moments])
    elif is_kept(type(row)):
        # What it points to may have changed: that belongs to a record of its own.
        row.records.create_historical_record(row, CHANGED)  # type: ignore[attr-defined]
