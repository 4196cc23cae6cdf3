"""Asking before something is settled, and telling what came of it: the page behind "Send again" and "Give up"."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator
from typing import Any

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from deliveries import outbox, reasons
from deliveries.admin import words
from deliveries.models import DeadLetter, Delivery
from deliveries.outbox import Settled
from deliveries.wake import nudge
from routing.admin import marks
from routing.inputs import visible

PERMISSION = "deliveries.change_delivery"
"""Rows are never changed by hand; the permission to change them is the permission to settle them."""
DEEDS = ("send_again", "give_up")
_NAMED = 5
_SHOWN = 20
_LONGEST_REASON = 500
_IDS = re.compile(r"\d{1,18}(,\d{1,18})*")


def ask(request: HttpRequest, site: AdminSite, deed: str, chosen: QuerySet[Any]) -> HttpResponse:
    """The page that asks, for what was chosen; the list again, with a message, if that is too much."""
    ids = list(chosen.order_by("pk").values_list("pk", flat=True)[: outbox.AT_MOST + 1])
    if len(ids) > outbox.AT_MOST:
        text = f"Choose at most {outbox.AT_MOST:,} at once: filter the list, for example by reason or target."
        messages.error(request, text)
        return HttpResponseRedirect(request.get_full_path())
    return _page(request, site, deed, ids)


def ask_of_all(request: HttpRequest, site: AdminSite, deed: str, chosen: QuerySet[Any]) -> HttpResponse:
    """The page that asks, for all of these; of too many for the oldest, and it says so. `chosen` must not be empty."""
    ids = list(chosen.order_by("pk").values_list("pk", flat=True)[: outbox.AT_MOST + 1])
    if len(ids) > outbox.AT_MOST:
        messages.info(
            request, f"There are more: these are the oldest {outbox.AT_MOST:,}. Then do it again for the rest."
        )
    return _page(request, site, deed, ids[: outbox.AT_MOST])


def view(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """Does what the page asked about, and leads back to what is undelivered."""
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    listed = HttpResponseRedirect(reverse("admin:deliveries_deadletter_changelist"))
    deed, text = request.POST.get("deed", ""), request.POST.get("ids", "")
    ids = [int(number) for number in text.split(",")] if _IDS.fullmatch(text) else []
    if request.method != "POST" or deed not in DEEDS or not ids:
        messages.error(request, "Nothing was chosen. Choose some in the list, then an action.")
        return listed
    if len(ids) > outbox.AT_MOST:
        messages.error(request, f"Choose at most {outbox.AT_MOST:,} at once.")
        return listed
    reason = visible.cleaned(request.POST.get("reason", "")).strip()
    if deed == "give_up" and not 0 < len(reason) <= _LONGEST_REASON:
        error = (
            f"Say why, in at most {_LONGEST_REASON} characters." if reason else "Say why: it is written beside each."
        )
        return _page(request, site, deed, ids, error=error)
    who, now = request.user.get_username(), timezone.now()
    if deed == "send_again":
        settled = outbox.send_again(ids, who=who, now=now, dead_only=True)
    else:
        settled = outbox.give_up(ids, who=who, reason=reason, now=now)
    tell(request, settled)
    return listed


def tell(request: HttpRequest, settled: Settled) -> None:
    """Say what came of it, and wake the workers."""
    nudge.targets(settled.target_ids)
    for level, text in sentences(settled):
        messages.add_message(request, level, text)


def sentences(settled: Settled) -> Iterator[tuple[int, str]]:
    if settled.again:
        pairs = [f"D-{old} as D-{new}" for old, new in list(settled.again.items())[:_NAMED]]
        yield messages.SUCCESS, f"Sent again: {_and_more(pairs, len(settled.again))}."
    if settled.released:
        yield messages.SUCCESS, f"Due and tried now: {names(settled.released)}."
    if settled.freed:
        yield messages.SUCCESS, f"Nothing to send for {names(settled.freed)}: what a digest carried goes out by itself."
    if settled.given_up:
        yield messages.SUCCESS, f"Given up: {names(settled.given_up)}."
    if settled.orphans:
        yield (
            messages.WARNING,
            f"Not sent again, the target was deleted: {names(settled.orphans)}. Open it to choose another.",
        )
    if settled.disabled:
        yield (
            messages.WARNING,
            f"Still kept, the target is disabled: {names(settled.disabled)}. Enable it, or open the delivery to choose "
            "another target.",
        )
    if settled.told:
        yield (
            messages.WARNING,
            f"Not sent again: {names(settled.told)}. It tells of other deliveries: send those again.",
        )
    if settled.skipped:
        yield (
            messages.WARNING,
            f"Left alone: {names(settled.skipped)}. It ended well, is being sent just now, or somebody settled it before.",
        )


def names(ids: Collection[int]) -> str:
    return _and_more([f"D-{pk}" for pk in list(ids)[:_NAMED]], len(ids))


def _and_more(named: list[str], count: int) -> str:
    return f"{', '.join(named)} and {count - len(named):,} more" if count > len(named) else ", ".join(named)


def _page(request: HttpRequest, site: AdminSite, deed: str, ids: list[int], error: str = "") -> HttpResponse:
    first_ones = Delivery.objects.filter(pk__in=ids[:_SHOWN]).order_by("pk")
    counts: Counter[tuple[str, str, str]] = Counter()
    for first in range(0, len(ids), 5000):  # SQLite takes 32,766 values a statement
        some = Delivery.objects.filter(pk__in=ids[first : first + 5000])
        counts.update(some.order_by().values_list("target_name", "state", "reason"))
    count = counts.total()
    context = site.each_context(request) | {
        "title": "Send again" if deed == "send_again" else "Give up",
        "opts": DeadLetter._meta,
        "deed": deed,
        "ids": ",".join(map(str, ids)),
        "count": f"{count:,} {'delivery' if count == 1 else 'deliveries'}",
        "groups": [
            (
                target,
                marks.badge(state, words.STATE_TONES[Delivery.State(state)]),
                reasons.label(reason) if reason else "",
                f"{number:,}",
            )
            for (target, state, reason), number in counts.most_common(_SHOWN)
        ],
        "more_groups": max(0, len(counts) - _SHOWN),
        "rows": [(row, marks.severity(row.severity)) for row in first_ones],
        "more": f"{len(ids) - _SHOWN:,}" if len(ids) > _SHOWN else "",
        "reason": request.POST.get("reason", ""),
        "longest": _LONGEST_REASON,
        "error": error,
        "action": reverse("admin:deliveries_deadletter_settle"),
        "back": reverse("admin:deliveries_deadletter_changelist"),
    }
    return TemplateResponse(request, "deliveries/settle.html", context)
