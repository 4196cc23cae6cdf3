"""Rules moved in their list: shown once more with the question why, before they are saved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.forms import BaseModelFormSet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from routing.admin import reason

_OURS = ("csrfmiddlewaretoken", reason.FIELD, "_save")


@dataclass(frozen=True, slots=True)
class Move:
    name: str
    before: int
    after: int


def is_asked(request: HttpRequest) -> bool:
    """Whether the list is to be saved, and nobody has said why."""
    return request.method == "POST" and "_save" in request.POST and not request.POST.get(reason.FIELD, "").strip()


def page(request: HttpRequest, context: dict[str, Any], formset: BaseModelFormSet[Any, Any]) -> HttpResponse | None:
    """The question; None if there is none to ask, since nothing moved or the numbers must be corrected first."""
    if not formset.is_valid():
        return None
    moves = [
        Move(str(form.instance), form.initial["position"], form.cleaned_data["position"])
        for form in formset.forms
        if form.has_changed()
    ]
    if not moves:
        return None
    kept = [(name, value) for name, values in request.POST.lists() if name not in _OURS for value in values]
    moves.sort(key=lambda move: move.after)
    return TemplateResponse(request, "routing/reorder.html", context | {"moves": moves, "fields": kept})
