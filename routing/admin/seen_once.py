"""Rows with a secret that is made when they are, and shown in the answer to that alone."""

from __future__ import annotations

from typing import Any

from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse

from routing.access import tokens
from routing.admin.forgiving import Forgiving


class SeenOnce(Forgiving):
    """`secret_prefix` begins the secret; `response_add` shows it."""

    secret_prefix: str

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:
        if not change:
            obj.secret = tokens.new(self.secret_prefix)
            obj.keep(obj.secret)
        super().save_model(request, obj, form, change)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        # Saving shows the secret, so there is only one way to save a new one.
        if kwargs.get("add"):
            context |= {"show_save_and_add_another": False, "show_save_and_continue": False}
        return super().render_change_form(request, context, *args, **kwargs)
