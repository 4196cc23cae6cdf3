"""Why did it arrive, or why not? One page: alerts in any state, what was sent, what came, what was refused."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from deliveries.admin import alert_page, search, whereabouts, words
from deliveries.admin.whereabouts import Whereabouts
from deliveries.figures import counts
from deliveries.messages import identifying
from deliveries.models import Alert, Delivery, Notification, RejectedRequest
from routing.admin import marks
from routing.admin.declared import Unreadable
from routing.models import Silence

_PERMISSION = "deliveries.view_delivery"
_SHOWN = 10
_JUMP = re.compile(r"([DNS])-?(\d{1,18})", re.IGNORECASE)
_NAMED: dict[str, type[Any]] = {"D": Delivery, "N": Notification, "S": Silence}


def view(request: HttpRequest) -> HttpResponse:
    """`q` as in the lists: D-12, N-5 and S-1 lead there, if they exist and the person may see them."""
    if not request.user.has_perm(_PERMISSION):
        raise PermissionDenied
    asked = request.GET.get("q", "").replace("\0", "").strip()
    if (row := row_of(request, asked)) is not None:
        return HttpResponseRedirect(page_of(row))
    context = admin.site.each_context(request) | {"title": "Why did it arrive, or why not?", "asked": asked}
    try:
        context |= _answer(request, asked, timezone.now()) if search.terms(asked) else {}
    except Unreadable as error:
        context["unreadable"] = str(error)
    return TemplateResponse(request, "deliveries/answer.html", context)


def row_of(request: HttpRequest, asked: str) -> Delivery | Notification | Silence | None:
    """The row that D-12, N-5 or S-1 names, if there is one and the person may see it."""
    match = _JUMP.fullmatch(asked)
    if match is None:
        return None
    model, number = _NAMED[match[1].upper()], int(match[2])
    may = admin.site.get_model_admin(model).has_view_permission(request)
    # A notification's body may be large, and nobody reads it here.
    rows = model._default_manager.defer("body") if model is Notification else model._default_manager
    return rows.filter(pk=number).first() if may else None


def page_of(row: Model) -> str:
    return reverse(f"admin:{row._meta.label_lower.replace('.', '_')}_change", args=[row.pk])


def _answer(request: HttpRequest, asked: str, now: datetime) -> dict[str, Any]:
    alerts = _first(_found(request, Alert, asked, "-last_seen_at", "-id").prefetch_related("closings"))
    where = whereabouts.of([alert.pk for alert in alerts])
    deliveries = _first(_found(request, Delivery, asked, "-id"))
    notifications = _first(_found(request, Notification, asked, "-id").defer("body"))
    refused = _first(_found(request, RejectedRequest, asked, "-last_at", "-id"))
    parts = {
        "alerts": [
            (one, words.status(one.status), marks.severity(one.severity), _which(one), _sentence(one, where, now))
            for one in alerts
        ],
        "deliveries": [(one, words.state(one), marks.moment(one.created_at)) for one in deliveries],
        "notifications": [(one, words.notification_state(one), marks.moment(one.received_at)) for one in notifications],
        "refused": [(one, marks.moment(one.last_at)) for one in refused],
    }
    found = parts | {"shown": _SHOWN, "query": urlencode({"q": asked}), "searched": True}
    return found if any(parts.values()) else found | _nothing(request, now)


def _found(request: HttpRequest, model: type[Model], asked: str, *order: str) -> QuerySet[Any]:
    """What the model's own list finds; nothing for whoever may not see it."""
    pages = admin.site.get_model_admin(model)
    if not pages.has_view_permission(request):
        return model._default_manager.none()
    rows, _ = pages.get_search_results(request, pages.get_queryset(request), asked)
    return rows.order_by(*order)


def _first(rows: QuerySet[Any]) -> list[Any]:
    return list(rows[:_SHOWN])


def _which(alert: Alert) -> str:
    """Of several with one name: its labels that identify, as a message names them."""
    return ", ".join(f"{one.name}={one.values[0]}" for one in identifying.identities([alert.labels]))


def _sentence(alert: Alert, where: Any, now: datetime) -> str:
    return alert_page.sentence(alert, where.get(alert.pk, Whereabouts()), now)


def _nothing(request: HttpRequest, now: datetime) -> dict[str, Any]:
    """What else may explain it: nothing came at all lately, or it was refused."""
    last = None
    if request.user.has_perm("deliveries.view_notification"):
        last = Notification.objects.defer("body").order_by("-id").first()
    may_see_refused = request.user.has_perm("deliveries.view_rejectedrequest")
    latest = RejectedRequest.objects.order_by("-last_at", "-id").first() if may_see_refused else None
    return {
        "is_nothing": True,
        "last": last,
        "last_at": marks.moment(last.received_at) if last is not None else "",
        "refused_lately": counts.rejected(now) if may_see_refused else 0,
        "latest": latest,
        "latest_at": marks.moment(latest.last_at) if latest is not None else "",
    }
