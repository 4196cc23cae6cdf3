"""Finding alerts by one of their labels, on SQLite and on PostgreSQL."""

from __future__ import annotations

from typing import Any

from django.db.models import BooleanField, F, Func, TextField, Value

from routing.rules import matchers

_HOW = 'Write team:db or team="db".'


class LabelIs(Func):
    """True where the JSON object in `column` holds exactly this label. Usable in filter()."""

    output_field = BooleanField()

    def __init__(self, column: str, name: str, value: str) -> None:
        texts = [Value(text, output_field=TextField()) for text in (name, value)]
        super().__init__(F(column), *texts)

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        # Key transforms would read a label named "0" as the place in a list.
        column, name, value = map(compiler.compile, self.get_source_expressions())
        sql = f"EXISTS(SELECT 1 FROM json_each({column[0]}) WHERE key = {name[0]} AND value = {value[0]})"  # noqa: S608
        return sql, (*column[1], *name[1], *value[1])

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        column, name, value = map(compiler.compile, self.get_source_expressions())
        sql = f"({column[0]} @> jsonb_build_object({name[0]}::text, {value[0]}::text))"
        return sql, (*column[1], *name[1], *value[1])


class LabelText(Func):
    """The value of one label in the JSON object in `column`; NULL where it is not there."""

    output_field = TextField()

    def __init__(self, column: str, name: str) -> None:
        super().__init__(F(column), Value(name, output_field=TextField()))

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        column, name = map(compiler.compile, self.get_source_expressions())
        sql = f"(SELECT value FROM json_each({column[0]}) WHERE key = {name[0]} LIMIT 1)"  # noqa: S608
        return sql, (*column[1], *name[1])

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        column, name = map(compiler.compile, self.get_source_expressions())
        return f"({column[0]} ->> {name[0]}::text)", (*column[1], *name[1])


def read(text: str) -> tuple[str, str]:
    """Name and value of `team:db`, `team=db` or `team="db"`. Raises ValueError with a sentence for people."""
    name, colon, value = text.partition(":")
    if colon and "=" not in name and not name.lstrip().startswith('"'):
        if not name.strip():
            raise ValueError(f"The label's name is missing. {_HOW}")
        return name.strip(), value.strip()
    try:
        found = matchers.entered(text)
    except matchers.MatcherError as error:
        raise ValueError(f"{error} {_HOW}") from None
    if len(found) != 1 or found[0].op != "=":
        raise ValueError(f"Give one label and its exact value. {_HOW}")
    return found[0].name, found[0].value
