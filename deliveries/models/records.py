"""Many rows in one statement of one text: their values come as one JSON document, whatever their number. PostgreSQL only.

What is parsed and planned once for each connection costs a fraction of what Django builds anew for each number of rows.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.db import connection, models

Row = TypeVar("Row", bound=models.Model)


class Records:
    """Columns of a model as PostgreSQL reads them from JSON; `left_out` names fields, `more` gives columns with types."""

    def __init__(self, model: type[models.Model], *left_out: str, **more: str) -> None:
        self._model, self._left_out, self._more = model, {"id", *left_out}, more

    @classmethod
    def only(cls, model: type[models.Model], *names: str) -> Records:
        """These fields, and the id."""
        others = (field.name for field in model._meta.concrete_fields if field.name not in names)
        return cls(model, *others, id="bigint")

    @cached_property
    def fields(self) -> list[models.Field[Any, Any]]:
        return [field for field in self._model._meta.concrete_fields if field.name not in self._left_out]

    @cached_property
    def table(self) -> str:
        return self._model._meta.db_table

    @cached_property
    def columns(self) -> str:
        return ", ".join(str(field.column) for field in self.fields)

    @cached_property
    def rows(self) -> str:
        """What stands behind FROM: the records `r`, in the order of the document, which is the statement's next parameter."""
        types = [f"{field.column} {field.db_type(connection)}" for field in self.fields]
        types += [f"{name} {kind}" for name, kind in self._more.items()]
        return f"json_to_recordset(%s::json) AS r({', '.join(types)})"

    def of(self, row: models.Model, **more: Any) -> dict[str, Any]:
        return {str(field.column): getattr(row, field.attname) for field in self.fields} | more


class Rows(Generic[Row]):
    """Rows of a model read by a statement of our own; `left_out` names fields that are read when somebody asks for them."""

    def __init__(self, model: type[Row], *left_out: str) -> None:
        self._model = model
        fields = [field for field in model._meta.concrete_fields if field.name not in left_out]
        self._names = [field.attname for field in fields]
        self._json = [place for place, field in enumerate(fields) if isinstance(field, models.JSONField)]
        self.count = len(fields)

    def columns(self, of: str) -> str:
        """With the name or alias of the table before each."""
        return ", ".join(f"{of}.{name}" for name in self._names)

    def row(self, values: Sequence[Any]) -> Row:
        read = list(values)
        for place in self._json:
            # Django has psycopg leave JSON as text.
            read[place] = json.loads(read[place])
        return self._model.from_db(connection.alias, self._names, read)


def document(records: Iterable[Mapping[str, Any]]) -> str:
    return json.dumps(list(records), default=_plain, ensure_ascii=False)


def _plain(value: Any) -> str:
    match value:
        case datetime():
            return value.isoformat()
        case uuid.UUID():
            return str(value)
    raise TypeError(f"{type(value).__name__} has no place in a record.")
