"""The form field for a rule's severities: boxes for the usual ones, a line for words of your own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from unfold.widgets import INPUT_CLASSES, UnfoldAdminCheckboxSelectMultipleWidget

from routing.models import SeverityAlias
from routing.rules.severity import ORDER, fold


class SeveritiesWidget(UnfoldAdminCheckboxSelectMultipleWidget):
    template_name = "routing/severities.html"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        usual = {choice for choice, _ in self.choices}
        context["further"] = {
            "name": f"{name}_further",
            "value": ", ".join(word for word in value or [] if word not in usual),
            "classes": " ".join(INPUT_CLASSES),
        }
        return context

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        chosen: list[str] = super().value_from_datadict(data, files, name) or []
        further = data.get(f"{name}_further", "").replace(",", " ").split()
        return list(dict.fromkeys([*chosen, *further]))


class SeveritiesField(forms.MultipleChoiceField):
    """Cleans to a sorted list of folded words."""

    widget = SeveritiesWidget

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, choices=[(word, word) for word in _usual()], **kwargs)

    def valid_value(self, value: str) -> bool:
        return True

    def clean(self, value: Sequence[str]) -> list[str]:
        words = sorted({fold(word) for word in super().clean(value)})
        for row in SeverityAlias.objects.filter(word__in=words):
            if row.severity != row.word:
                raise forms.ValidationError(
                    f'No alert has the severity "{row.word}" here: the severity words turn it into '
                    f'"{row.severity}". Choose {row.severity}.'
                )
        return words


def _usual() -> list[str]:
    """critical, warning, info, and what people made severity words stand for."""
    own = SeverityAlias.objects.order_by("severity").values_list("severity", flat=True).distinct()
    return [*ORDER, *(word for word in own if word not in ORDER)]
