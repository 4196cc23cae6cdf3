"""Why something is changed: one line in the bar that saves, kept in the history. A setting makes it a must."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from unfold.widgets import UnfoldAdminTextInputWidget

from routing.changes import authorship
from routing.validators import check_prose

FIELD = "reason"
MISSING = "Say in a few words why you change this: it is kept in the history."


def field(*, is_new: bool) -> forms.CharField:
    """For a form. What is new explains itself, so it may always do without."""
    return forms.CharField(
        label="Why",
        required=settings.REASON_REQUIRED and not is_new,
        max_length=authorship.LONGEST,
        validators=[check_prose],
        error_messages={"required": MISSING},
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "placeholder": "Kept in the history"}),
    )


def given(data: Any) -> str:
    """What a posted form says; "" for nothing but blanks."""
    return str(data.get(FIELD, "")).strip()


def is_missing(data: Any) -> bool:
    return settings.REASON_REQUIRED and not given(data)


def context() -> dict[str, Any]:
    """What templates that ask need: see `routing/reason.html`."""
    return {
        "reason_required": settings.REASON_REQUIRED,
        "reason_longest": authorship.LONGEST,
        "reason_missing": MISSING,
    }
