"""The admin's first page: what burns, then whether AlertHub works, then everything else that helps."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from deliveries.admin import burning, lane, trouble
from deliveries.admin.home import figures, health, looks, steps
from deliveries.admin.home.verdict import Arrived
from deliveries.figures import counts
from deliveries.figures import day as days
from routing import rulebook
from routing.admin import marks
from routing.models import Target

# While somebody waits for a first alert, its tick comes soon.
_EVERY, _EVERY_AT_FIRST = timedelta(seconds=30), timedelta(seconds=5)


def show(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Adds what the person may see to the context of the first page."""
    if not request.user.has_perm("deliveries.view_delivery"):
        return context
    now = timezone.now()
    burns = burning.block(request, now)
    # What burns was told by the rules in force a moment ago: they are not asked for twice.
    book = rulebook.held() if burns["burning"] else rulebook.current()
    day = days.of_deliveries(now)
    pending, came = counts.first_page(now)
    targets = list(Target.objects.select_related("lane", "server").order_by("name"))
    lanes = [row for target in targets if (row := lane.of(target)) is not None]
    arrived = Arrived(bool(came.in_day), came.last, came.refused)
    first = steps.card(request, steps.known(targets, came), book)
    every = _EVERY_AT_FIRST if first["first_steps"] and arrived.nothing_ever else _EVERY
    return (
        context
        | {"shows_figures": True, "as_of": marks.clock(now, now), "every": int(every.total_seconds())}
        | burns
        | health.card(request, lanes, trouble.still_open(request), pending, arrived, now)
        | first
        | figures.shown(day, came, pending, lanes, now)
        | {"looks": looks.at(request, day, targets, book, now, set_up=bool(first["first_steps"]))}
    )
