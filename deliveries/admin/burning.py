"""The first page's block of what burns, and the figures above the list of alerts: each leads to what it counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from deliveries.admin import grouped
from deliveries.figures import burning
from deliveries.figures.burning import OTHER, By, Tally
from deliveries.figures.firing import States
from deliveries.messages.words import duration
from deliveries.models import Alert
from routing.rules.severity import ORDER

_GROUPS_SHOWN = 5
_OTHERS_ASKED = 20
_OF_HOME = ("untold", "acknowledged", "kept_back", "unheard")


@dataclass(frozen=True, slots=True)
class Chip:
    """A figure, and what the address of the list must say to show what it counts."""

    count: int
    words: str
    asked: dict[str, list[str]]
    tone: str = "plain"

    @property
    def link(self) -> str:
        return grouped.address(**self.asked)


def block(request: HttpRequest, now: datetime) -> dict[str, Any]:
    """The context of `deliveries/burning.html`; `burning` is None for who may not see alerts."""
    if not request.user.has_perm("deliveries.view_alert"):
        return {"burning": None}
    found, by = burning.of(States.at(now)), By()
    return {
        "burning": {
            "count": found.whole.count,
            "severities": list(severities(found.whole)),
            "states": [chip for chip in states(found.whole) if chip.count and chip.asked["attention"][0] in _OF_HOME],
            "lines": grouped.lines(found.groups[:_GROUPS_SHOWN], by, now, with_labels=False),
            "more": max(0, len(found.groups) - _GROUPS_SHOWN),
            "calm": "" if found.whole.count else _calm(now),
            "list": grouped.address(),
            "may_acknowledge": request.user.has_perm("deliveries.acknowledge_alert"),
            "may_silence": request.user.has_perm("routing.add_silence"),
            "acknowledge": reverse("admin:deliveries_alert_acknowledge_chosen"),
            "back": reverse("admin:index"),
        }
    }


def severities(tally: Tally) -> Iterator[Chip]:
    """Critical and warning always; the others where there are any."""
    for word, count in tally.by_severity.items():
        if count or word in ("critical", "warning"):
            others = sorted(other or "(none)" for other in tally.severities if other not in ORDER)
            asked = others[:_OTHERS_ASKED] if word == OTHER else [word]
            yield Chip(count, word, {"severity": asked}, grouped.TONES.get(word, "plain"))


def states(tally: Tally) -> Iterator[Chip]:
    """What was told, who is at it, what is silenced, what was not heard of."""
    yield Chip(tally.untold, "told to nobody", {"attention": ["untold"]})
    yield Chip(tally.at_nobody, "nobody at it", {"attention": ["open"]})
    yield Chip(tally.acknowledged, "acknowledged", {"attention": ["acknowledged"]})
    yield Chip(tally.silenced, "silenced", {"attention": ["kept_back"]})
    yield Chip(tally.unheard, "not heard of lately", {"attention": ["unheard"]})


def _calm(now: datetime) -> str:
    """Nothing fires, and since when."""
    last = Alert.objects.filter(status="resolved").order_by("-last_seen_at").first()
    if last is None:
        return "Nothing fires now."
    return f"Nothing fires now. {grouped.cut(str(last))} was the last, {duration(last.last_seen_at, now) or 'a moment'} ago."
