"""The groups of what is undelivered, as their page shows them, and the links that mean a whole group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from deliveries.admin import causes, settle, words
from deliveries.admin.causes import Cause
from deliveries.admin.dead_filters import AS, ONE_BY_ONE
from deliveries.messages.words import duration
from deliveries.models import Delivery
from routing.admin import marks
from routing.inputs import bounds

_PREFIX = "of_"


@dataclass(frozen=True, slots=True)
class Group:
    """One cause with its marks and links; a link is empty where the person may not do it, or it leads nowhere."""

    cause: Cause
    count: str
    status: SafeString
    tone: str
    since: SafeString | str
    lasts: str
    rows: list[tuple[Any, SafeString | str, SafeString | str]]
    more: str
    every: str
    target: str
    send_again: str
    give_up: str

    @property
    def is_mended_there(self) -> bool:
        """What is held goes out by itself when its target is mended: sending it again comes second."""
        return bool(self.target) and self.cause.state == Delivery.State.HELD


def shown(request: HttpRequest, listed: QuerySet[Any]) -> tuple[list[Group], int]:
    """The groups of these rows, and how many more there are."""
    found, more = causes.of(listed)
    return [_group(request, cause) for cause in found], more


def taken(request: HttpRequest) -> tuple[str, dict[str, Any]]:
    """The deed and the group of such a link, as conditions; both are taken out, so that the list's filters are left."""
    asked = request.GET.copy()
    deed = asked.pop("deed", [""])[-1]
    target, name, state, reason = (
        asked.pop(f"{_PREFIX}{part}", [""])[-1] for part in ("target", "name", "state", "reason")
    )
    request.GET = asked  # type: ignore[assignment]
    target_id = int(target) if bounds.is_id(target) else None
    return deed, {"target_id": target_id, "target_name": name, "state": state, "reason": reason}


def _group(request: HttpRequest, cause: Cause) -> Group:
    may_settle = request.user.has_perm(settle.PERMISSION)
    may_see_target = cause.target_id is not None and request.user.has_perm("routing.view_target")
    state = Delivery.State(cause.state)
    more = cause.count - len(cause.rows)
    return Group(
        cause=cause,
        count=f"{cause.count:,}",
        status=marks.badge(state.said, words.STATE_TONES[state]),
        tone=words.STATE_TONES[state],
        since=marks.moment(cause.since, brief=True),
        lasts=duration(cause.since, timezone.now()),
        rows=[(row, marks.severity(row.severity), marks.moment(row.created_at, brief=True)) for row in cause.rows],
        more=f"{more:,}" if more > 0 else "",
        every=_one_by_one(request, cause),
        target=reverse("admin:routing_target_change", args=[cause.target_id]) if may_see_target else "",
        send_again=_link(request, cause, "send_again") if may_settle and cause.target_id is not None else "",
        give_up=_link(request, cause, "give_up") if may_settle else "",
    )


def _link(request: HttpRequest, cause: Cause, deed: str) -> str:
    asked = request.GET.copy()
    asked["deed"] = deed
    for part, value in zip(("target", "name", "state", "reason"), cause.key, strict=True):
        asked[f"{_PREFIX}{part}"] = "" if value is None else str(value)
    return f"{reverse('admin:deliveries_deadletter_group')}?{asked.urlencode()}"


def _one_by_one(request: HttpRequest, cause: Cause) -> str:
    """The list of these, by the filters beside it: of what has no target or no reason also others with the same status."""
    asked: QueryDict = request.GET.copy()
    asked[AS] = ONE_BY_ONE
    asked["state"] = cause.state
    if cause.reason:
        asked["reason"] = cause.reason
    if cause.target_id is not None:
        asked["target__id__exact"] = str(cause.target_id)
    return f"?{asked.urlencode()}"
