"""One state of the rules, frozen: who may post, and the routes that `decision` walks. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from routing.rules.decision import Routes
from routing.rules.severity import LABELS
from routing.rules.silencing import Quiet


@dataclass(frozen=True, slots=True)
class Admission:
    """What a valid ingest token opens: posting as this source."""

    token_id: int
    expires_at: datetime | None
    source_id: int
    source_name: str
    duplicate_window: int


@dataclass(frozen=True, slots=True)
class Wording:
    """One template as sending uses it."""

    template_id: int
    name: str
    headline: str
    card: str


@dataclass(frozen=True, slots=True)
class Wordings:
    """Which template is used where: by rule, else by target."""

    templates: dict[int, Wording]
    of_rules: dict[int, int]
    of_targets: dict[int, int]

    def of(self, rule_id: int | None, target_id: int | None) -> Wording | None:
        chosen = self.of_rules.get(rule_id or 0) or self.of_targets.get(target_id or 0)
        return self.templates.get(chosen) if chosen else None


@dataclass(frozen=True, slots=True)
class Book:
    """One state of the rules. `digest` names it; `content` is the same for history, without secrets.

    `severity_words` are folded. `admissions` are the tokens of enabled sources, by the hash they are stored under.
    """

    version: int | None
    routes: Routes
    severity_words: dict[str, str]
    targets: dict[int, str]
    content: dict[str, Any]
    digest: str
    admissions: dict[str, Admission] = field(repr=False)
    edited: frozenset[int] = frozenset()
    """Targets whose messages are edited in place."""
    wordings: Wordings = field(default_factory=lambda: Wordings({}, {}, {}))
    quiets: tuple[Quiet, ...] = ()
    """Silences that were not over when the book was read."""
    severity_labels: dict[int, tuple[str, ...]] = field(default_factory=dict)
    """By source: which labels say how bad its alerts are."""

    def severity_labels_of(self, source_id: int | None) -> tuple[str, ...]:
        """Of a source that is not named: those of the only one there is."""
        if source_id is None and len(self.severity_labels) == 1:
            return next(iter(self.severity_labels.values()))
        return self.severity_labels.get(source_id or 0, LABELS)
