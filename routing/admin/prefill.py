"""What an address puts into the form of a new row: only what the field can hold. The rest is left out, and said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dateparse import parse_datetime


def readable(given: Mapping[str, Any], fields: Mapping[str, forms.Field]) -> tuple[dict[str, Any], list[str]]:
    """The values that the form's fields can show, and the labels of those that were left out."""
    kept: dict[str, Any] = {}
    left_out: list[str] = []
    for name, value in given.items():
        field = fields.get(name)
        if field is None or not value:
            continue
        try:
            kept[name] = _shown(field, value)
        except (ValidationError, ValueError, TypeError, OverflowError):
            left_out.append(str(field.label or name))
    return kept, left_out


def _shown(field: forms.Field, value: Any) -> Any:
    """Raises one of the above for what the field would refuse, or cannot even draw."""
    if isinstance(field, forms.DateTimeField):
        return _moment(field, value)
    if isinstance(field, forms.ModelMultipleChoiceField):
        return [row.pk for row in field.clean(value)]
    if isinstance(field, forms.ModelChoiceField):
        row = field.clean(value)
        return row.pk if row is not None else None
    if isinstance(field, forms.BooleanField):
        return field.to_python(value)
    if isinstance(field, forms.MultipleChoiceField):
        return field.clean(value if isinstance(value, list) else str(value).split(","))
    # As it was written: a text may well be changed before it is saved, and what is wrong with it is said then.
    if isinstance(field, forms.CharField):
        return str(value)
    field.clean(value)
    return value


def _moment(field: forms.Field, value: Any) -> Any:
    moment = parse_datetime(str(value))
    if moment is None:
        raise ValidationError("This is no moment.")
    if timezone.is_naive(moment):
        moment = timezone.make_aware(moment)
    timezone.localtime(moment)  # how it is drawn
    field.run_validators(moment)
    return moment
