"""Putting back a row as it was: what would change is shown first, and the models' own rules are asked."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import timezone
from unfold.widgets import UnfoldAdminTextInputWidget

from routing.admin import concurrent, history, marks, reason
from routing.admin.secret import SecretField, SecretForm
from routing.changes import authorship, changing, differences, past
from routing.changes.history import DELETED
from routing.changes.past import Rebuilt
from routing.inputs import bounds
from routing.validators import check_prose

_IN_BETWEEN = (
    "Somebody else saved this while you had it open. What would change is shown anew: look at it, then restore again."
)


class RestoreForm(SecretForm, forms.Form):
    reason = forms.CharField(
        label="Why",
        required=False,
        max_length=authorship.LONGEST,
        validators=[check_prose],
        help_text="Kept in the history, after the moment it is restored from.",
        error_messages={"required": reason.MISSING},
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )
    secret = SecretField(
        max_length=2000,
        help_text="The history never has it, so it is asked for again.",
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, asks_for: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = settings.REASON_REQUIRED
        if asks_for:
            self.fields["secret"].label = asks_for
        else:
            del self.fields["secret"]


def page(admin: Any, request: HttpRequest, object_id: str, history_id: int) -> HttpResponse:
    """Looking asks; a POST restores."""
    if request.method != "POST":
        return _page(admin, request, object_id, history_id)
    with transaction.atomic():
        if bounds.is_id(object_id):
            changing.locked(admin.model, object_id)
        return _page(admin, request, object_id, history_id)


def _page(admin: Any, request: HttpRequest, object_id: str, history_id: int) -> HttpResponse:
    records = history.records_of(admin, request, object_id)
    record = records.filter(history_id=history_id).first() if bounds.is_id(str(history_id)) else None
    if record is None:
        raise Http404
    row = admin.model._default_manager.filter(pk=record.id).first()
    if not history.may(admin, request, row):
        raise PermissionDenied
    seen = concurrent.state(row) if row is not None else ""
    before = changing.values(row) if row is not None else None
    rebuilt = past.rebuild(record, row)
    admin.fit(rebuilt.row)
    label = admin.asks_for if admin.needs_secret(rebuilt.row) else ""
    form = RestoreForm(request.POST or None, initial={"seen": seen}, asks_for=label)
    errors: list[str] = []
    if request.method == "POST" and form.is_valid():
        if form.cleaned_data["seen"] not in ("", seen):
            errors = [_IN_BETWEEN]
            form.data = {**request.POST.dict(), "seen": seen}
        else:
            errors = _restored(admin, record, rebuilt, form, is_new=row is None)
        if errors and form.cleaned_data.get("secret"):
            form.missed("secret")
        if not errors:
            admin.message_user(request, f"{rebuilt.row} is as it was again.", messages.SUCCESS)
            admin.tell_now(request, rebuilt.row, before)
            return HttpResponseRedirect(history.change_url(admin.model, record.id))
    context = admin.admin_site.each_context(request) | {
        "title": f"Restore {past.name_of(record)}", "opts": admin.opts, "original": row, "form": form, "errors": errors,
        "at": marks.moment(record.history_date), "by": record.history_by, "lost": rebuilt.lost,
        "was_deleted": record.history_type == DELETED, "is_new": row is None,
        "differences": differences.between(past.present(row) if row is not None else {}, past.preview(rebuilt, record)),
        "secret": admin.model.records.masked_as if row is not None else "",
        "back": history.history_url(admin.model, record.id),
    }  # fmt: skip
    return TemplateResponse(request, "routing/restore.html", context)


def _restored(admin: Any, record: Any, rebuilt: Rebuilt, form: RestoreForm, *, is_new: bool) -> list[str]:
    """What forbids it; nothing, if it is done."""
    try:
        if secret := form.cleaned_data.get("secret"):
            admin.take_secret(rebuilt.row, secret)
        rebuilt.row.full_clean()
        admin.check_rebuilt(rebuilt)
        with authorship.because(_reason(record, form.cleaned_data["reason"])):
            past.put_back(rebuilt, is_new=is_new)
    except ValidationError as error:
        return _sentences(error, rebuilt.row)
    except IntegrityError:
        return [_IN_BETWEEN]
    return []


def _reason(record: Any, typed: str) -> str:
    from_then = f"restored from {timezone.localtime(record.history_date):%Y-%m-%d %H:%M:%S %Z}"
    return f"{from_then}: {typed}" if typed else from_then


def _sentences(error: ValidationError, row: Any) -> list[str]:
    if not hasattr(error, "error_dict"):
        return list(error.messages)
    return [
        sentence if name not in _labels(row) else f"{_labels(row)[name]}: {sentence}"
        for name, sentences in error.message_dict.items()
        for sentence in sentences
    ]


def _labels(row: Any) -> dict[str, str]:
    return {field.name: str(field.verbose_name) for field in row._meta.concrete_fields}
