"""What is undelivered, gathered by target and cause: how many, since when, what it tells of, what Rocket.Chat said, what to do."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Max, Min, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from deliveries import reasons
from deliveries.admin import standing
from deliveries.models import Attempt, Delivery

MOST = 20
"""Groups on one page; the largest come first."""
ROWS = 10
"""Rows inside of a group, the newest."""
_NAMES = 4
# Titles that are counted to name what a page's groups tell of.
_TITLES = 500
_HOW_MANY = re.compile(r" \(\d+\)$")
Key = tuple[int | None, str, str, str]
"""Target, its name, state and reason."""
_KEY = ("target_id", "target_name", "state", "reason")


@dataclass(slots=True)
class Cause:
    """Deliveries to one target that are undelivered for one reason. `said` is what Rocket.Chat answered, if it did."""

    target_id: int | None
    target_name: str
    state: str
    reason: str
    count: int
    since: datetime
    newest: int
    titles: Counter[str] = field(default_factory=Counter)
    rows: list[Any] = field(default_factory=list)
    said: str = ""

    @property
    def key(self) -> Key:
        return self.target_id, self.target_name, self.state, self.reason

    @property
    def names(self) -> str:
        """ "DiskFull ×12, HostDown ×3 and others"."""
        shown = [f"{name} ×{number:,}" if number > 1 else name for name, number in self.titles.most_common(_NAMES)]
        more = " and others" if len(self.titles) > _NAMES else ""
        return f"{', '.join(shown)}{more}"

    @property
    def label(self) -> str:
        """Why, in a few words: of what is held for its target's sake, why that takes nothing."""
        reason = standing.true_reason(self.rows[0]) if self.rows else self.reason
        return reasons.label(reason) if reason else "No reason is known"

    @property
    def todo(self) -> str:
        return standing.todo(self.rows[0]) if self.rows else ""


def of(listed: QuerySet[Any]) -> tuple[list[Cause], int]:
    """The largest MOST groups of these rows, and how many more there are. Four statements, whatever there is."""
    rows = listed.order_by()
    fields = rows.values_list(*_KEY).annotate(Count("id"), Min("created_at"), Max("id"))
    every = sorted((Cause(*values) for values in fields), key=lambda cause: -cause.count)
    shown = every[:MOST]
    by_key = {cause.key: cause for cause in shown}
    for *key, title, number in rows.values_list(*_KEY, "title").annotate(Count("id")).order_by("-id__count")[:_TITLES]:
        if (cause := by_key.get(tuple(key))) is not None:
            cause.titles[_HOW_MANY.sub("", title) or "(no alert name)"] += number
    for row in _newest(rows, shown):
        if (cause := by_key.get((row.target_id, row.target_name, row.state, row.reason))) is not None:
            cause.rows.append(row)
    said = _said(cause.newest for cause in shown)
    for cause in shown:
        cause.said = _of_target(cause) or said.get(cause.newest, "")
    return shown, len(every) - len(shown)


def _newest(rows: QuerySet[Any], causes: Sequence[Cause]) -> QuerySet[Any]:
    """Up to ROWS of each group, with target and lane."""
    place = Window(RowNumber(), partition_by=[F(name) for name in _KEY], order_by=F("id").desc())
    targets = Q(target_id__in={cause.target_id for cause in causes if cause.target_id is not None})
    # Numbers first: to sort whole rows takes ten times as long.
    newest = rows.filter(targets | Q(target_id=None)).annotate(place=place).filter(place__lte=ROWS).values("pk")
    return Delivery.objects.filter(pk__in=newest).select_related("target__lane").order_by("-id")


def _said(deliveries: Iterable[int]) -> dict[int, str]:
    """What the last attempt of each met."""
    found: dict[int, str] = defaultdict(str)
    last = Attempt.objects.filter(delivery_id__in=list(deliveries), number=F("delivery__attempt_count"))
    found.update(last.order_by().values_list("delivery_id", "error"))
    return found


def _of_target(cause: Cause) -> str:
    """What is held waits for its target: what that answered last says more than the delivery's own attempt."""
    lane = getattr(cause.rows[0].target, "lane", None) if cause.rows else None
    is_held = cause.state == Delivery.State.HELD and lane is not None and lane.broken_at is not None
    return str(lane.last_error) if is_held and lane is not None else ""
