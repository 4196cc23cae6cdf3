"""The sidebar, as unfold asks for it: what the person may see, where they are, and the figures that are live."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.utils import timezone

from alerthub.menu import items
from alerthub.menu.items import Item
from deliveries.figures import standing

_TOLD = {
    "firing": ("red", "firing now"),
    "undelivered": ("orange", "undelivered"),
    "silences": ("plain", "active now"),
}
"""Each figure's colour, and what it counts."""


def shown(request: HttpRequest) -> list[dict[str, Any]]:
    """Groups with title and items, each as unfold reads it; `badge` is read when the page is drawn, and not before."""
    here = items.of(request.path)
    return [
        {"title": group.title, "items": [_line(item, item is here, request) for item in some]}
        for group, some in items.seen_by(request)
    ]


def counts(request: HttpRequest) -> JsonResponse:
    """The figures of the menu that the person may see, for pages that stay open: {"firing": "107", "silences": ""}."""
    return JsonResponse({name: _text(number) for name, number in _counted(request).items()})


def _line(item: Item, is_here: bool, request: HttpRequest) -> dict[str, Any]:
    tone, what = _TOLD.get(item.count, ("", ""))
    return {
        "title": item.title, "icon": item.icon, "link": item.link, "active": is_here,
        "count": item.count, "badge": _badge(item.count, request), "badge_tone": tone, "badge_told": what,
    }  # fmt: skip


def _badge(count: str, request: HttpRequest) -> Callable[[], str]:
    """Called by the template: a page that is not drawn, such as one that redirects, counts nothing."""
    return lambda: _text(_counted(request).get(count, 0))


def _text(number: int) -> str:
    if number > standing.MOST:
        return f"{standing.MOST:,}+"
    return f"{number:,}" if number else ""


def _counted(request: HttpRequest) -> dict[str, int]:
    """What the person may see of the figures, read once a request with one statement."""
    known = request.__dict__.get("_menu_counts")
    if known is None:
        names = {item.count for _, some in items.seen_by(request) for item in some if item.count}
        known = standing.counted(names, timezone.now())
        request.__dict__["_menu_counts"] = known
    return known
