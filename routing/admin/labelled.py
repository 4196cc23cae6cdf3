"""Rows inside a page whose fields say to a screen reader what they are: a table's heading is not a label."""

from __future__ import annotations

from typing import Any

from django import forms


class LabelledForm(forms.ModelForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if not field.widget.is_hidden and field.label:
                _name(field.widget, str(field.label))


def _name(widget: forms.Widget, label: str) -> None:
    parts = getattr(widget, "widgets", None) or [widget]
    for part in parts:
        part.attrs["aria-label"] = label[:1].upper() + label[1:]
