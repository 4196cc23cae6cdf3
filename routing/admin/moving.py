"""The pages that move a rule: the place for it on a page of its own, the POST that moves it, and what the list says then."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse

from routing.admin import reason, reorder
from routing.admin.remembered import Remembered
from routing.admin.reorder import Moved, Order, Refused
from routing.inputs import bounds
from routing.models import Rule
from routing.rules import ordering

_SAID = "routing.moved"
_KEPT = ("q", "p")
"""What the list is asked for stays: the search and the page."""


class Moving(Remembered):
    """Mixed into the pages of rules."""

    def get_urls(self) -> list[Any]:
        move = self.admin_site.admin_view(self.move_view)
        return [path("<path:object_id>/move/", move, name="routing_rule_move"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        further: dict[str, Any] = {}
        if request.method == "GET":
            order = reorder.present()
            request.rule_order = order  # type: ignore[attr-defined]
            further = {"moved": request.session.pop(_SAID, None), "seen": order.mark}
        return super().changelist_view(request, (extra_context or {}) | further)

    def move_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Looking asks where to; a POST moves, and says on the list what came of it."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        rule = Rule.objects.filter(pk=int(object_id)).first() if bounds.is_id(object_id) else None
        if rule is None or rule.is_fallback:
            raise Http404
        wanted = request.POST.get("to", "")
        why = reason.given(request.POST)
        try:
            if "undo" in request.POST:
                return self._said(request, rule, reorder.take_back(request.POST["undo"], why))
            if wanted and not reason.is_missing(request.POST):
                moved = reorder.move(rule.pk, reorder.to(wanted), request.POST.get("seen", ""), why)
                return self._said(request, rule, moved)
            return self._move_page(request, rule, wanted)
        except Refused as refused:
            self.message_user(request, str(refused), messages.ERROR)
            return HttpResponseRedirect(_list(request))

    def told_of(self, request: HttpRequest, moved: Moved) -> dict[str, Any]:
        """What the new order did to alerts, for the list: known where deliveries are."""
        return {}

    def _said(self, request: HttpRequest, rule: Rule, moved: Moved) -> HttpResponse:
        told = self.told_of(request, moved) if moved.numbers_before else {}
        request.session[_SAID] = {
            "rule": rule.pk, "sentence": moved.sentence, "undo": moved.undo, "told": told,
            "move_address": reverse("admin:routing_rule_move", args=[rule.pk]),
        }  # fmt: skip
        return HttpResponseRedirect(_list(request))

    def _move_page(self, request: HttpRequest, rule: Rule, wanted: str) -> HttpResponse:
        """With what was chosen already, if all that misses is the reason. Raises Refused."""
        order = reorder.present()
        if rule.pk not in order.numbers:
            raise Refused("This rule is gone. Nothing was moved.")
        context = self.admin_site.each_context(request) | {
            "title": f"Move ‘{rule}’", "opts": self.opts, "original": rule, "rule": rule, "media": self.media,
            "others": [(each, order.names[each]) for each in order.ids if each != rule.pk],
            "after": _predecessor(order, rule.pk, wanted), "seen": request.POST.get("seen") or order.mark,
            "is_refused": bool(wanted), "impact_address": self.impact_address(request),
        } | reason.context()  # fmt: skip
        return TemplateResponse(request, "routing/move.html", context)

    def impact_address(self, request: HttpRequest) -> str:
        """Where what a change does is said; empty if nowhere, or not to this person."""
        return ""


def _predecessor(order: Order, rule_id: int, wanted: str) -> int | None:
    """The rule it would stand after; None: it would be the first. Raises Refused."""
    ids = order.ids
    if wanted:
        place = reorder.to(wanted)
        ids = tuple(ordering.moved(ids, rule_id, place.where, place.other_id))
    place_now = ids.index(rule_id)
    return ids[place_now - 1] if place_now else None


def _list(request: HttpRequest) -> str:
    kept = urlencode({name: value for name in _KEPT if (value := request.POST.get(f"list_{name}", ""))})
    return reverse("admin:routing_rule_changelist") + (f"?{kept}" if kept else "")
