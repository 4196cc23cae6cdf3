"""The kinds of field for texts that people enter and others read: what is not what it looks like is refused.

They are columns like Django's own, so migrations know them by Django's names.
"""

from __future__ import annotations

from typing import Any

from django.core.validators import MaxLengthValidator
from django.db import models
from django.utils.functional import cached_property

from routing import validators


class Line(models.CharField):
    """One line, such as a name."""

    default_validators = [validators.check_line]

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs


class Prose(models.TextField):
    """Some lines that people write for people. `max_length` holds in form and API, and here."""

    default_validators = [validators.check_prose]

    @cached_property
    def validators(self) -> list[Any]:
        # Of a TextField Django asks the form for it, and nobody else.
        longest = [MaxLengthValidator(self.max_length)] if self.max_length else []
        return [*super().validators, *longest]

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.TextField", args, kwargs
