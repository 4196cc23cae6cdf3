"""The kind of field that every number has which people enter: its bounds hold in model, form and REST API alike."""

from __future__ import annotations

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from routing.inputs.bounds import Bounds


class WholeNumber(models.PositiveIntegerField):
    """A number within `bounds`, which are also shown: by the form's control and by the description of the API.

    The column is like Django's own, so migrations know it by Django's name.
    """

    def __init__(self, *args: Any, bounds: Bounds, **kwargs: Any) -> None:
        self.bounds = bounds
        kwargs["validators"] = [MinValueValidator(bounds.least), MaxValueValidator(bounds.most)]
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        del kwargs["validators"]
        return name, "django.db.models.PositiveIntegerField", args, kwargs

    def clone(self) -> Any:
        _, _, args, kwargs = self.deconstruct()
        return type(self)(*args, bounds=self.bounds, **kwargs)

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"min_value": self.bounds.least, "max_value": self.bounds.most} | kwargs)
