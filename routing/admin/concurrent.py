"""Two people who edit the same row: the second is told what the first changed, instead of undoing it unseen."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model

FIELD = "seen"


class SeenForm(forms.ModelForm):
    """Holds, hidden, what the row was when the page was opened, and refuses to save over something newer."""

    written_only = ""
    """A secret that is entered counts whatever the page showed: it is what somebody came for when nothing is sent."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is not None:
            self.initial[FIELD] = state(self.instance)

    def clean_seen(self) -> str:
        """An empty value is a form made by hand: it is taken as it is."""
        seen = str(self.cleaned_data[FIELD])
        if self.written_only and self.data.get(self.add_prefix(self.written_only)):
            return seen
        kept = type(self.instance)._default_manager.filter(pk=self.instance.pk).first()
        if seen and kept is not None and state(kept) != seen:
            raise ValidationError(
                "Somebody else saved this while you had it open. Open the page again to see what it is now, then make "
                "your change there; nothing of yours was saved."
            )
        return seen

    def non_field_errors(self) -> Any:
        # The field is hidden, so what is wrong with it is said where everybody sees it.
        errors = super().non_field_errors()
        return self.error_class([*errors, *self.errors.get(FIELD, [])]) if self.has_error(FIELD) else errors


def state(row: Model) -> str:
    """The same for the same values, secrets included, of which nothing can be read out of it."""
    values: dict[str, Any] = {field.name: str(field.value_from_object(row)) for field in row._meta.concrete_fields}
    for many in row._meta.many_to_many:
        values[many.name] = sorted(str(pk) for pk in getattr(row, many.name).values_list("pk", flat=True))
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def with_field(fieldsets: Any) -> list[Any]:
    """The fieldsets with the hidden field in the first of them."""
    (title, shown), *others = fieldsets
    return [(title, {**shown, "fields": [*shown["fields"], FIELD]}), *others]
