"""The comparison: alerts that would go elsewhere, grouped by from where to where. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from routing.rulebook.proposal import Proposal
from routing.rules import decision
from routing.rules.decision import Route

Targets = tuple[int, ...]
_EXAMPLES = 5
_MOST_GROUPS = 200


@dataclass(slots=True)
class Group:
    """Tellings of alerts that went to `before` and would go to `after`; examples are (name, labels, notification)."""

    before: Targets
    after: Targets
    count: int = 0
    examples: list[tuple[str, str, int]] = field(default_factory=list)

    def add(self, count: int, example: tuple[str, str, int]) -> None:
        self.count += count
        if len(self.examples) < _EXAMPLES and example[:2] not in [each[:2] for each in self.examples]:
            self.examples.append(example)

    @property
    def is_lost(self) -> bool:
        """Somebody was told, and nobody would be."""
        return bool(self.before) and not self.after


class Replay:
    """Decides every distinct set of labels once by each side, and only if it fits a rule that differs."""

    def __init__(self, proposal: Proposal, groups: list[Group] | None = None) -> None:
        self._before, self._after = proposal.before, proposal.after
        self._differing = [route for route in (*proposal.before, *proposal.after) if route.rule_id in proposal.changed]
        # Where windows are in use, when it was counts too.
        self._minds_time = any(route.active or route.muted for route in (*self._before, *self._after))
        self._known: dict[Any, tuple[Targets, Targets] | None] = {}
        self.groups = {(group.before, group.after): group for group in groups or []}

    def add(self, labels: Mapping[str, str], severity: str, at: datetime, notification_id: int) -> None:
        """One telling of one alert."""
        key = (frozenset(labels.items()), at.replace(second=0, microsecond=0) if self._minds_time else None)
        if key not in self._known:
            self._known[key] = self._moves(labels, severity, at)
        moves = self._known[key]
        if moves is None:
            return
        group = self.groups.get(moves)
        if group is None:
            if len(self.groups) >= _MOST_GROUPS:
                return
            group = self.groups[moves] = Group(*moves)
        group.add(1, (labels.get("alertname", ""), _shown(labels), notification_id))

    def in_order(self) -> list[Group]:
        """What would be told to nobody first, then the largest."""
        return sorted(self.groups.values(), key=lambda group: (not group.is_lost, -group.count))

    def _moves(self, labels: Mapping[str, str], severity: str, at: datetime) -> tuple[Targets, Targets] | None:
        if not any(_may_matter(route, labels, severity) for route in self._differing):
            return None
        before, after = (_told(labels, severity, routes, at) for routes in (self._before, self._after))
        return (before, after) if before != after else None


def _may_matter(route: Route, labels: Mapping[str, str], severity: str) -> bool:
    return route.is_fallback or decision.fits(route, labels, severity)


def _told(labels: Mapping[str, str], severity: str, routes: tuple[Route, ...], at: datetime) -> Targets:
    choices = decision.decide(labels, severity, routes, at).choices
    return tuple(sorted({target for choice in choices if not choice.muted for target in choice.target_ids}))


def _shown(labels: Mapping[str, str]) -> str:
    text = " ".join(f"{name}={value}" for name, value in sorted(labels.items()) if name != "alertname")
    return text if len(text) <= 160 else f"{text[:159]}…"
