"""The history of one row, newest first; and the list of what was deleted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db.models import OuterRef, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.safestring import SafeString

from routing.admin import marks
from routing.changes import differences, past
from routing.changes.differences import Difference
from routing.changes.history import CHANGED, DELETED, MADE
from routing.inputs import bounds

A_PAGE = 25
_KINDS = {MADE: ("made", "green"), CHANGED: ("changed", "blue"), DELETED: ("deleted", "red")}
KIND_WORDS = {kind: word for kind, (word, _) in _KINDS.items()}


@dataclass(frozen=True)
class Line:
    """One change, as the pages show it."""

    record: Any
    at: SafeString | str
    kind: SafeString
    by: str
    reason: str
    differences: tuple[Difference, ...]
    name: str = ""
    url: str = ""
    restore_url: str = ""


def page(admin: Any, request: HttpRequest, object_id: str) -> HttpResponse:
    records = records_of(admin, request, object_id)
    row = admin.model._default_manager.filter(pk=int(object_id)).first()
    shown = Paginator(records, A_PAGE).get_page(request.GET.get("p"))
    pairs = _with_the_one_before(shown, records)
    newest = records.first()
    may_restore = may(admin, request, row)
    lines = [
        line(record, before, restore_url=_restore_url(record) if may_restore and _differs(record, newest, row) else "")
        for record, before in pairs
    ]
    title = f"History of {row if row is not None else past.name_of(newest)}"
    context = _context(admin, request, title) | {
        "lines": lines, "page": shown, "original": row, "is_deleted": row is None,
        "row_url": change_url(admin.model, object_id),
    }  # fmt: skip
    return TemplateResponse(request, "routing/history.html", context)


def deleted_page(admin: Any, request: HttpRequest) -> HttpResponse:
    """Rows that are gone: each once, as it was last."""
    model = admin.model
    last = model.history.filter(id=OuterRef("id")).order_by("-history_id").values("history_id")[:1]
    gone = model.history.filter(history_type=DELETED, history_id=Subquery(last)).order_by("-history_id")
    gone = gone.exclude(id__in=model._default_manager.values("pk"))
    shown = Paginator(gone, A_PAGE).get_page(request.GET.get("p"))
    may_restore = may(admin, request, None)
    lines = [
        line(record, record, name=past.name_of(record), url=history_url(model, record.id),
             restore_url=_restore_url(record) if may_restore else "")
        for record in shown
    ]  # fmt: skip
    title = f"Deleted {admin.opts.verbose_name_plural}"
    context = _context(admin, request, title) | {"lines": lines, "page": shown}
    return TemplateResponse(request, "routing/deleted.html", context)


def records_of(admin: Any, request: HttpRequest, object_id: str) -> Any:
    """The records of one row, newest first. Raises Http404 for a row that never was."""
    if not admin.has_view_permission(request):
        raise PermissionDenied
    if not bounds.is_id(object_id):
        raise Http404
    records = admin.model.history.filter(id=int(object_id)).order_by("-history_id")
    if not records.exists():
        raise Http404("It has no history: the id is wrong.")
    return records


def line(record: Any, before: Any | None, **shown: str) -> Line:
    """`before` is the record before it; the very same, if what differs is not asked for."""
    word, tone = _KINDS[record.history_type]
    told = () if before is record or record.history_type == DELETED else differences.between(
        past.state(before) if before is not None else {}, past.state(record)
    )  # fmt: skip
    return Line(
        record, marks.moment(record.history_date), marks.badge(word, tone), record.history_by,
        record.history_change_reason, told, **shown,
    )  # fmt: skip


def may(admin: Any, request: HttpRequest, row: Any | None) -> bool:
    """Whether this person may put back an old state of the row; None: a deleted one."""
    allowed = admin.has_add_permission(request) if row is None else admin.has_change_permission(request, row)
    return bool(allowed)


def change_url(model: Any, object_id: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[object_id])


def history_url(model: Any, object_id: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_history", args=[object_id])


def _restore_url(record: Any) -> str:
    options = record.instance_type._meta
    return reverse(f"admin:{options.app_label}_{options.model_name}_restore", args=[record.id, record.history_id])


def _differs(record: Any, newest: Any, row: Any | None) -> bool:
    return row is None or record.history_id != newest.history_id


def _with_the_one_before(shown: Page, records: Any) -> Sequence[tuple[Any, Any | None]]:
    rows = list(shown)
    older = records.filter(history_id__lt=rows[-1].history_id).first() if rows else None
    return list(zip(rows, [*rows[1:], older], strict=True))


def _context(admin: Any, request: HttpRequest, title: str) -> dict[str, Any]:
    return admin.admin_site.each_context(request) | {"title": title, "opts": admin.opts}
