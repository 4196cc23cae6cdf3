"""Sorting values into buckets inside the database, so that many rows become few before they are read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Field, FloatField, Func, IntegerField


class Bucket(Func):
    """How many of the rising `bounds` a value has reached: 0 for what is below the first. NULL stays NULL.

    PostgreSQL has a function for it, which looks by halves. A chain of CASE compares with one bound after the other, and
    for 24 bounds Django takes longer to write it down than PostgreSQL to answer.
    """

    output_field = IntegerField()

    def __init__(self, value: Any, bounds: Sequence[Any], bound_field: Field) -> None:
        """`bound_field`: an instance of the field that values and bounds are of."""
        super().__init__(value)
        self.bounds, self.bound_field = tuple(bounds), bound_field

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        value, params = compiler.compile(self.source_expressions[0])
        reached = " + ".join([f"({value} >= %s)"] * len(self.bounds))
        return f"({reached})", [each for bound in self._bounds(connection) for each in (*params, bound)]

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        value, params = compiler.compile(self.source_expressions[0])
        bounds = ", ".join(["%s"] * len(self.bounds))
        kind = self.bound_field.db_type(connection)
        return f"width_bucket({value}, ARRAY[{bounds}]::{kind}[])", [*params, *self._bounds(connection)]

    def _bounds(self, connection: Any) -> list[Any]:
        return [self.bound_field.get_db_prep_value(each, connection) for each in self.bounds]


class Seconds(Func):
    """From the second moment to the first. (Django's own difference runs Python for each row on SQLite.)"""

    output_field = FloatField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template, joiner = "((julianday(%(expressions)s)) * 86400.0)", ") - julianday("
        return self.as_sql(compiler, connection, template=template, arg_joiner=joiner, **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "EXTRACT(EPOCH FROM (%(expressions)s))::double precision"
        return self.as_sql(compiler, connection, template=template, arg_joiner=" - ", **context)
