"""A field for what is written and never read: a page shows at most the mask of the secret that is there."""

from __future__ import annotations

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminPasswordWidget


class SecretField(forms.CharField):
    def __init__(self, **kwargs: Any) -> None:
        # "new-password" keeps browsers from filling in a saved password, which would become the secret.
        widget = UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password", "spellcheck": "false"})
        super().__init__(widget=widget, **kwargs)


def stands_as(field: forms.Field, mask: str) -> None:
    """Say that there is a secret, and that an empty field keeps it."""
    field.widget.attrs["placeholder"] = f"{mask}: leave empty to keep"
