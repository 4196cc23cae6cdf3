"""The kind of field for moments that people enter."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from routing.inputs import moments


def check_moment(moment: datetime) -> None:
    """Raises ValidationError for one that some time zone cannot tell."""
    if fault := moments.fault(moment):
        raise ValidationError(fault, code="out_of_range")


class Moment(models.DateTimeField):
    default_validators = [check_moment]

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.DateTimeField", args, kwargs
