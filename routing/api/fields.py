"""Fields of the REST API that REST framework has not: matchers as text or list, rows by their ids."""

from __future__ import annotations

from typing import Any

from django.db.models import Manager
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import empty

from routing.inputs import bounds
from routing.inputs.bounds import Bounds
from routing.models import Target, TimeWindow


class WholeNumber(serializers.IntegerField):
    """A number within bounds."""

    def __init__(self, bounds: Bounds, **kwargs: Any) -> None:
        super().__init__(min_value=bounds.least, max_value=bounds.most, **kwargs)


@extend_schema_field({"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]})
class MatchersField(serializers.CharField):
    """Text with a matcher a line, or a list of matchers; answered as text."""

    def to_internal_value(self, data: Any) -> str:
        if isinstance(data, list):
            if not all(isinstance(each, str) for each in data):
                raise serializers.ValidationError(
                    'Give a text, or a list of texts: ["team=\\"db\\"", "env!=\\"dev\\""].'
                )
            data = "\n".join(data)
        return super().to_internal_value(data)

    def run_validation(self, data: Any = empty) -> Any:
        return super().run_validation("" if data == [] else data)


@extend_schema_field({"type": "integer", "minimum": bounds.IDS.least, "maximum": bounds.IDS.most})
class RowId(serializers.PrimaryKeyRelatedField[Any]):
    """The id of one row, or null."""

    default_error_messages = {"does_not_exist": "There is nothing with the id {pk_value}."}
    _number = WholeNumber(bounds.IDS)

    def to_internal_value(self, data: Any) -> Any:
        return super().to_internal_value(self._number.run_validation(data))


class RowIds(serializers.ListField):
    """Ids in and out, rows of one model inside; one query whatever their number."""

    model: Any
    child = WholeNumber(bounds.IDS)

    def to_internal_value(self, data: Any) -> list[Any]:
        ids = list(dict.fromkeys(super().to_internal_value(data)))
        found = self.model.objects.in_bulk(ids)
        if missing := [str(each) for each in ids if each not in found]:
            name = self.model._meta.verbose_name
            raise serializers.ValidationError(f"There is no {name} with the id {', '.join(missing)}.")
        return [found[each] for each in ids]

    def to_representation(self, data: Manager[Any]) -> list[int]:  # type: ignore[override]
        return [row.pk for row in data.all()]


class TargetIds(RowIds):
    model = Target


class TimeWindowIds(RowIds):
    model = TimeWindow
