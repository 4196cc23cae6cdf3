"""The panel of the admin's first page: the deliveries of the last 24 hours by state, and what waits longest."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Count
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from deliveries.admin import standing, trouble, words
from deliveries.models import Delivery
from routing.admin import marks


def show(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Adds the counts to the context of the first page, for those who may see deliveries; open troubles likewise."""
    context |= trouble.banner(request)
    if not request.user.has_perm("deliveries.view_delivery"):
        return context
    now = timezone.now()
    recent = Delivery.objects.filter(created_at__gte=now - timedelta(hours=24)).order_by()
    numbers = dict(recent.values_list("state").annotate(Count("id")))
    address = reverse("admin:deliveries_delivery_changelist")
    context["counts"] = [
        {
            "number": numbers.get(state.value, 0),
            "badge": marks.badge(state.label, words.STATE_TONES[state]),
            "link": f"{address}?state__exact={state.value}&last=24",
        }
        for state in Delivery.State
        if state not in (Delivery.State.HELD, Delivery.State.MERGED) or numbers.get(state.value)
    ]
    oldest = Delivery.objects.filter(state=Delivery.State.WAITING).order_by("id").first()
    context["sentence"] = (
        format_html("{} waits longest, since {}.", words.link(oldest), standing.clock(oldest.created_at, now))
        if oldest
        else "Nothing waits."
    )
    dead = Delivery.objects.filter(state__in=Delivery.DEAD, settled=False).count()
    context["dead"] = (
        format_html(
            '<a class="ah-link" href="{}">{}</a>', reverse("admin:deliveries_deadletter_changelist"), _asks(dead)
        )
        if dead
        else ""
    )
    return context


def _asks(dead: int) -> str:
    return "1 dead letter asks for a person." if dead == 1 else f"{dead} dead letters ask for a person."
