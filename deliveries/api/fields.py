"""Kinds of filters that django-filter has not: a name or an id, a moment, labels."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django_filters.fields import IsoDateTimeField
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field

from deliveries.models import labels

# Beyond that SQLite answers "LIKE pattern too complex".
LONGEST_SEARCH = 200
_LONGEST_ID = 18


class _MomentField(IsoDateTimeField):
    def clean(self, value: Any) -> datetime | None:
        moment: datetime | None = super().clean(value)
        try:
            return moment.astimezone(UTC) if moment else None
        except OverflowError:
            raise ValidationError("This moment is out of range.") from None


@extend_schema_field(OpenApiTypes.DATETIME)
class Moment(django_filters.IsoDateTimeFilter):
    field_class = _MomentField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        wrong = "Write a moment as 2026-11-23T10:00:00Z. (A + of an offset must be sent as %2B.)"
        super().__init__(*args, error_messages={"invalid": wrong}, **kwargs)


@extend_schema_field(OpenApiTypes.STR)
class NameOrId(django_filters.CharFilter):
    """Digits are an id; anything else is the name, which history keeps after the row is deleted."""

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        if not value:
            return qs
        if not (value.isascii() and value.isdigit()):
            return qs.filter(**{f"{self.field_name}_name": value})
        return qs.filter(**{f"{self.field_name}_id": int(value)}) if len(value) <= _LONGEST_ID else qs.none()


class _LabelsField(forms.Field):
    widget = forms.SelectMultiple

    def to_python(self, value: list[str] | None) -> list[tuple[str, str]]:
        try:
            return [labels.read(_without_nul(text)) for text in value or ()]
        except ValueError as error:
            raise ValidationError(str(error)) from None


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("A label cannot hold a null character.")
    return text


@extend_schema_field(OpenApiTypes.STR)
class Exact(django_filters.CharFilter):
    pass


@extend_schema_field({"type": "array", "items": {"type": "string"}})
class Labels(django_filters.Filter):
    """`label=team:db`, as often as wanted: all must fit."""

    field_class = _LabelsField


class Search(django_filters.CharFilter):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, max_length=LONGEST_SEARCH, **kwargs)
