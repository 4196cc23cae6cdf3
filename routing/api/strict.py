"""Bodies of requests: a field that does not exist is refused by its name, since a typo must not be taken for a change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

_NAMED = 20


class Strict(serializers.Serializer[Any]):
    # Fields that are only read may be sent back as they came: they change nothing. (A docstring would be shown in the
    # API's documentation, of every serializer made of this.)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            refuse_unknown(data, self.fields)
        return super().to_internal_value(data)


class NoBody(Strict):
    pass


def refuse_unknown(data: Mapping[Any, Any], known: Mapping[str, Any]) -> None:
    """Raises serializers.ValidationError that names them and says what there is."""
    takes = [name for name, field in known.items() if not getattr(field, "read_only", False)]
    there_are = f"There are: {', '.join(takes)}." if takes else "Nothing can be sent here."
    if unknown := [str(name)[:100] for name in data if name not in known][:_NAMED]:
        sentence = f"There is no such field. {there_are}"
        raise serializers.ValidationError({name: [sentence] for name in unknown})


def no_body(request: Request) -> None:
    """Raises serializers.ValidationError unless the body is empty, or an empty object."""
    asked = NoBody(data=request.data or {})
    asked.is_valid(raise_exception=True)
