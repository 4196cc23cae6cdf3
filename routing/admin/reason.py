"""The reason of a change, asked for where people change rules and targets, and kept in the history."""

from __future__ import annotations

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminTextInputWidget

from routing.changes import authorship
from routing.validators import check_prose

FIELD = "reason"


class ReasonForm(forms.ModelForm):
    """A change needs a reason; what is new may have one."""

    reason = forms.CharField(
        label="Why",
        max_length=authorship.LONGEST,
        validators=[check_prose],
        help_text="Kept in the history, for whoever asks later. For example: the database team took over, ticket 4711.",
        error_messages={"required": "Say in a few words why you change this: it is kept in the history."},
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if FIELD in self.fields:
            self.fields[FIELD].required = self.instance.pk is not None


def with_field(fieldsets: Any) -> list[Any]:
    """The fieldsets, and the reason after them, beside the button that saves."""
    return [*fieldsets, ("This change", {"fields": [FIELD]})]
