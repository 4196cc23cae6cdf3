"""A field for what is written and never read: a page shows at most the mask of the secret that is there.

What was typed beside a mistake is not sent back, so it has to be entered again: an empty field then keeps nothing, and the
form says so until it is entered or the page is opened anew (docs/decisions/0031).
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django import forms
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Model
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminPasswordWidget

_AGAIN = "-again"


class _SecretInput(UnfoldAdminPasswordWidget):
    was_typed = False
    """Whether one was typed into this form that was not kept: the form then says so when it comes again."""

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        shown = super().render(name, value, attrs, renderer)
        return (
            format_html('{}<input type="hidden" name="{}{}" value="1">', shown, name, _AGAIN)
            if self.was_typed
            else shown
        )


class SecretField(forms.CharField):
    def __init__(self, **kwargs: Any) -> None:
        # "new-password" keeps browsers from filling in a saved password, which would become the secret.
        widget = _SecretInput(attrs={"autocomplete": "new-password", "spellcheck": "false"})
        super().__init__(widget=widget, **kwargs)


class SecretForm(forms.BaseForm):
    """Mixed into forms with secrets: none that was typed is lost in silence."""

    def full_clean(self) -> None:
        super().full_clean()
        for name, field in self.fields.items():
            if isinstance(field, SecretField):
                self._ask_again(name, field)
        self._forget_what_is_not_saved()

    def may_stay_empty(self, name: str) -> bool:
        """Whether an empty field means something else by now than "as before"."""
        return False

    def missed(self, name: str) -> None:
        """Ask for the secret again: the form is shown once more, without it."""
        widget: Any = self.fields[name].widget
        widget.was_typed, widget.attrs["placeholder"] = True, "enter it again"
        if not self.has_error(name) and not self.may_stay_empty(name):
            self.add_error(
                name,
                f"Enter the {self[name].label.lower()} again: it was not kept while something else here was wrong. "
                "To leave everything as it was, open this page anew.",
            )

    def _forget_what_is_not_saved(self) -> None:
        """After a mistake the page tells beside the form how the row stands: as it is stored, not as it was typed."""
        instance: Model | None = getattr(self, "instance", None)
        if self.errors and instance is not None and instance.pk is not None:
            with suppress(ObjectDoesNotExist):  # somebody deleted it meanwhile
                instance.refresh_from_db()

    def _ask_again(self, name: str, field: SecretField) -> None:
        shown = self.add_prefix(name)
        is_typed = bool(field.widget.value_from_datadict(self.data, self.files, shown))
        was_typed = f"{shown}{_AGAIN}" in self.data
        is_missing = was_typed and not is_typed and not self.may_stay_empty(name)
        if is_missing or (self.errors and (is_typed or was_typed)):
            self.missed(name)


def stands_as(field: forms.Field, mask: str) -> None:
    """Say that there is a secret, and that an empty field keeps it."""
    field.widget.attrs["placeholder"] = f"{mask}: leave empty to keep"
