"""The chips above the list of deliveries: filters that are built in, one's own, and those that others share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseRedirect, QueryDict
from django.urls import reverse

from deliveries.models import SavedFilter
from routing.inputs import visible

_BUILT_IN = (
    ("Failed today", "state__exact=rejected&state__exact=expired&last=24"),
    ("Held now", "state__exact=held"),
    ("Pending now", "state__exact=waiting"),
    ("Last hour", "last=1"),
)
# Which page, in which order, an error of an earlier page: that is no filter.
_NO_FILTERS = ("p", "o", "e", "all")
_LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Chip:
    name: str
    query: str
    chosen: bool
    pk: int | None = None
    mine: bool = False
    of: str = ""


def filters_of(request: HttpRequest) -> str:
    """What is filtered by now, in one order."""
    kept = QueryDict(mutable=True)
    for name in sorted(request.GET):
        if name not in _NO_FILTERS and (values := [value for value in request.GET.getlist(name) if value]):
            kept.setlist(name, sorted(values))
    return kept.urlencode()


def chips(request: HttpRequest) -> dict[str, Any]:
    now = filters_of(request)
    user_id = request.user.pk or 0
    saved = SavedFilter.objects.seen_by(user_id).select_related("owner")
    found = [Chip(name, query, _same(query, now)) for name, query in _BUILT_IN]
    found += [
        Chip(
            row.name,
            row.query,
            _same(row.query, now),
            row.pk,
            mine=row.owner_id == user_id,
            of="" if row.owner_id == user_id else row.owner.get_username(),
        )
        for row in saved
    ]
    return {
        "chips": found,
        "filters": now,
        "may_save": bool(now) and not any(chip.chosen for chip in found) and request.user.has_perm(_ADD),
        "may_share": request.user.has_perm(_SHARE),
        "save_address": reverse("admin:deliveries_delivery_save_filter"),
    }


_ADD, _SHARE = "deliveries.add_savedfilter", "deliveries.change_savedfilter"


def save(request: HttpRequest) -> HttpResponseRedirect:
    """Keeps the filters under a name; a name that is there already gets the new filters."""
    _needs(request, _ADD)
    here = reverse("admin:deliveries_delivery_changelist")
    name, query = request.POST.get("name", "").strip()[:60], request.POST.get("query", "")
    if not name or not query or len(query) > _LONGEST:
        messages.error(request, "Nothing was saved: choose filters first and give them a name.")
        return HttpResponseRedirect(here)
    if fault := visible.fault_of_name(name):
        messages.error(request, f"Nothing was saved. {fault}")
        return HttpResponseRedirect(here)
    shared = bool(request.POST.get("shared")) and request.user.has_perm(_SHARE)
    SavedFilter.objects.update_or_create(
        owner_id=request.user.pk, name=name, defaults={"query": query, "shared": shared}
    )
    messages.success(request, f'These filters are kept as "{name}".')
    return HttpResponseRedirect(f"{here}?{query}")


def delete(request: HttpRequest, pk: int) -> HttpResponseRedirect:
    """One's own only."""
    _needs(request, "deliveries.delete_savedfilter")
    SavedFilter.objects.filter(pk=pk, owner_id=request.user.pk).delete()
    return HttpResponseRedirect(reverse("admin:deliveries_delivery_changelist"))


def _needs(request: HttpRequest, permission: str) -> None:
    if request.method != "POST" or not request.user.has_perm(permission):
        raise PermissionDenied


def _same(one: str, other: str) -> bool:
    return sorted(QueryDict(one).lists()) == sorted(QueryDict(other).lists()) if one and other else one == other
