"""Every change of everything people edit, newest first, from one statement over the histories of all models."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import F, OuterRef, QuerySet, Subquery, Value
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.http import urlencode

from routing.admin import history
from routing.admin.history import A_PAGE, KIND_WORDS, Line
from routing.changes import past


@dataclass(frozen=True)
class Asked:
    """What the list is narrowed to; what cannot be read counts as not asked for."""

    model: str = ""
    kind: str = ""
    by: str = ""
    day: str = ""

    def day_begins(self) -> datetime | None:
        try:
            day = date.fromisoformat(self.day)
            return timezone.make_aware(datetime.combine(day, time.min)) if date.min < day < date.max else None
        except (ValueError, OverflowError):
            return None


def page(request: HttpRequest) -> HttpResponse:
    models = [model for model in past.kept_models() if request.user.has_perm(f"routing.view_{model._meta.model_name}")]
    if not models:
        raise PermissionDenied
    asked = Asked(*(request.GET.get(name, "")[:150].replace("\0", "") for name in ("model", "kind", "by", "day")))
    shown = Paginator(_found(models, asked), A_PAGE).get_page(request.GET.get("p"))
    context = admin.site.each_context(request) | {
        "title": "Changes", "page": shown, "lines": _lines(models, list(shown)), "asked": asked,
        "query": f"{urlencode(vars(asked))}&",
        "models": [(model._meta.model_name, model._meta.verbose_name) for model in models],
        "kinds": KIND_WORDS.items(), "people": _people(models),
    }  # fmt: skip
    return TemplateResponse(request, "routing/changes.html", context)


def _found(models: Sequence[Any], asked: Asked) -> QuerySet[Any]:
    """Rows of (model, id of the record, id of the record before it), of all models in one statement."""
    wanted = [model for model in models if asked.model in ("", model._meta.model_name)] or models
    first, *others = [_of(model, asked) for model in wanted]
    every = first.union(*others, all=True) if others else first
    return every.order_by("-history_date", "-history_id")


def _of(model: Any, asked: Asked) -> QuerySet[Any]:
    same_row = model.history.filter(id=OuterRef("id"), history_id__lt=OuterRef("history_id")).order_by("-history_id")
    records = model.history.order_by()
    if asked.kind in KIND_WORDS:
        records = records.filter(history_type=asked.kind)
    if asked.by:
        records = records.filter(history_by=asked.by)
    if (begin := asked.day_begins()) is not None:
        records = records.filter(history_date__gte=begin, history_date__lt=begin + timedelta(days=1))
    return records.annotate(
        model=Value(model._meta.model_name), before=Subquery(same_row.values("history_id")[:1])
    ).values("model", "history_id", "history_date", "before")


def _people(models: Sequence[Any]) -> list[str]:
    first, *others = [model.history.order_by().annotate(who=F("history_by")).values_list("who") for model in models]
    return sorted(name for (name,) in first.union(*others))


def _lines(models: Sequence[Any], found: Sequence[dict[str, Any]]) -> list[tuple[str, Line]]:
    """One statement a model, whatever is on the page."""
    needed: dict[str, set[int]] = defaultdict(set)
    for row in found:
        needed[row["model"]] |= {number for number in (row["history_id"], row["before"]) if number is not None}
    records = {
        model._meta.model_name: {each.history_id: each for each in model.history.filter(history_id__in=needed[name])}
        for model in models
        if (name := model._meta.model_name) in needed
    }
    return [_line(records[row["model"]], row) for row in found]


def _line(records: dict[int, Any], row: dict[str, Any]) -> tuple[str, Line]:
    record = records[row["history_id"]]
    model = record.instance_type
    before = records.get(row["before"])
    shown = history.line(
        record, before, name=past.name_of(record),
        url=f"{history.history_url(model, record.id)}#h-{record.history_id}",
    )  # fmt: skip
    return str(model._meta.verbose_name), shown
