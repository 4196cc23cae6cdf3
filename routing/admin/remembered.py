"""Pages of rows with a history: the button that leads there, the reason of each change, and what saving adds to it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.safestring import SafeString
from unfold.decorators import action

from routing.admin import history, reason, restoring
from routing.admin.forgiving import Forgiving
from routing.changes import authorship
from routing.changes.changing import Values
from routing.changes.history import complete
from routing.changes.past import Rebuilt

_NO_REASON = "Say in a few words why you delete this: it is kept in the history. Nothing was deleted."
_IN_THE_LIST = "changed in the list"


class Remembered(Forgiving):
    actions_list: list[Any] = []
    loses_rows = True
    """Whether rows are ever deleted here."""
    delete_confirmation_template = "routing/row_delete.html"
    delete_selected_confirmation_template = "routing/rows_delete.html"
    asks_for = ""
    """What a restored row may need that no history has."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        if self.loses_rows:
            self.actions_list = [*self.actions_list, "deleted"]

    def get_urls(self) -> list[Any]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_restore"
        restore = self.admin_site.admin_view(self.restore_view)
        return [path("<path:object_id>/history/<int:history_id>/restore/", restore, name=name), *super().get_urls()]

    def asks_why(self, obj: Any) -> bool:
        """Whether the bar that saves asks for a reason; `obj` is None for a new row."""
        return True

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        if self.asks_why(obj) and kwargs.get("fields", ()) is not None:
            # In none of the fieldsets: the bar that saves shows it.
            form.base_fields[reason.FIELD] = reason.field(is_new=obj is None)
        return form

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        with authorship.because(reason.given(request.POST)):
            return super().changeform_view(request, object_id, form_url, {"show_history": True} | (extra_context or {}))

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changelist = super().get_changelist_instance(request)
        if settings.REASON_REQUIRED:
            # Nothing in a list asks why.
            changelist.list_editable = ()
        return changelist

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if "post" in request.POST and reason.is_missing(request.POST):
            return self._ask_again(request)
        with authorship.because(reason.given(request.POST) or _if_edited(request)):
            answer = super().changelist_view(request, extra_context)
        if isinstance(answer, TemplateResponse) and answer.context_data is not None:
            # Also the page that asks before rows are deleted, which Django hands nothing to.
            answer.context_data |= reason.context()
        return answer

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> Any:
        if request.method == "POST" and reason.is_missing(request.POST):
            return self._ask_again(request)
        with authorship.because(reason.given(request.POST)):
            return super().delete_view(request, object_id, reason.context() | (extra_context or {}))

    def _ask_again(self, request: HttpRequest) -> HttpResponse:
        self.message_user(request, _NO_REASON, messages.ERROR)
        return HttpResponseRedirect(request.path)

    def save_related(self, request: HttpRequest, form: ModelForm, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        complete(form.instance)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        response = super().response_add(request, obj, post_url_continue)
        self.tell_now(request, obj, None)
        return response

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        response = super().response_change(request, obj)
        self.tell_now(request, obj, obj.before)
        return response

    def tell_now(self, request: HttpRequest, row: Any, before: Values | None) -> None:
        """Beside "changed successfully": what the page itself does not show again. `before`: None for a new row."""
        if said := self.now_is(request, row, before):
            self.message_user(request, said, messages.SUCCESS)
        for sentence in self.warns_of(row, before):
            self.message_user(request, f"Saved, with a warning. {sentence}", messages.WARNING)

    def warns_of(self, row: Any, before: Values | None) -> list[str]:
        """What was just entered and is allowed, and yet nothing to be glad of."""
        return []

    def now_is(self, request: HttpRequest, row: Any, before: Values | None) -> SafeString | str:
        """Which secret the row has from now on, by its mask; empty if it is the one it had."""
        return ""

    def history_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> Any:
        """In the place of Django's own, which knows neither values nor changes through the REST API."""
        return history.page(self, request, object_id)

    def restore_view(self, request: HttpRequest, object_id: str, history_id: int) -> HttpResponse:
        return restoring.page(self, request, object_id, history_id)

    @action(description="Deleted", url_path="deleted", icon="restore_from_trash", permissions=["view"])
    def deleted(self, request: HttpRequest) -> HttpResponse:
        return history.deleted_page(self, request)

    def fit(self, row: Any) -> None:
        """Bring a rebuilt row in line with what no history keeps."""

    def needs_secret(self, row: Any) -> bool:
        return False

    def take_secret(self, row: Any, secret: str) -> None:
        """Raises ValidationError."""

    def check_rebuilt(self, rebuilt: Rebuilt) -> None:
        """What the form would refuse and the model does not know. Raises ValidationError."""


def _if_edited(request: HttpRequest) -> str:
    return _IN_THE_LIST if "_save" in request.POST else ""
