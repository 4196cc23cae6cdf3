"""Who may post and the rules, as ingest uses them: compiled once, kept in memory, checked by one number.

`decision` walks a Book's routes; this file is the only one that turns rows into them.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from routing import matchers
from routing.decision import Route
from routing.models import IngestToken, Rule, Rulebook, SeverityAlias, Silence, Source, Target, Template, TimeWindow
from routing.severity import LABELS, folded
from routing.silencing import Quiet
from routing.windows import Window, WindowError

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Door:
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

    `aliases` are folded. `doors` are the tokens of enabled sources, by the hash they are stored under.
    """

    version: int | None
    routes: tuple[Route, ...]
    aliases: dict[str, str]
    targets: dict[int, str]
    content: dict[str, Any]
    digest: str
    doors: dict[str, Door] = field(repr=False)
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


_held: Book | None = None


def current() -> Book:
    """The rules as they are now; from memory if they still hold, which costs one small query to know."""
    global _held
    version = version_now()
    if _held is None or version is None or _held.version != version:
        _held = _load()
    return _held


_VERSION = f"SELECT version FROM {Rulebook._meta.db_table} LIMIT 1"  # noqa: S608 - the name of our own table


def version_now() -> int | None:
    """Asked for with every notification, so the statement is not put together anew each time."""
    with connection.cursor() as cursor:
        cursor.execute(_VERSION)
        row = cursor.fetchone()
    return row[0] if row else None


def forget() -> None:
    """Drop what is kept in memory: for tests, whose rolled back changes reuse version numbers."""
    global _held
    _held = None


def _load() -> Book:
    # Rules and targets are read by several queries: read again if somebody changed them in between.
    for _ in range(5):
        version = version_now()
        book = _read(version)
        if version_now() == version:
            break
    return book


def _read(version: int | None) -> Book:
    Rule.objects.fallback()
    aliases = dict(SeverityAlias.objects.values_list("word", "severity"))
    targets = dict(Target.objects.values_list("id", "name"))
    told: dict[int, list[int]] = {}
    for rule_id, target_id in Rule.targets.through.objects.order_by("id").values_list("rule_id", "target_id"):
        told.setdefault(rule_id, []).append(target_id)
    rules = list(Rule.objects.filter(enabled=True).in_order())
    active, muted = _windows(Rule.active_windows.through), _windows(Rule.muted_windows.through)
    routes = tuple(_readable(rules, told, active, muted))
    content = {"rules": [_as_history(rule, told, targets, active, muted) for rule in rules], "severity words": aliases}
    text = json.dumps(content, sort_keys=True, ensure_ascii=False)
    edited = frozenset(Target.objects.filter(updates=Target.Updates.EDIT).values_list("id", flat=True))
    digest = hashlib.sha256(text.encode()).hexdigest()
    table, quiets = folded(aliases), tuple(_quiets())
    labels = {pk: tuple(names) for pk, names in Source.objects.values_list("id", "severity_labels")}
    return Book(version, routes, table, targets, content, digest, _doors(), edited, _wordings(), quiets, labels)


def _windows(uses: Any) -> dict[int, tuple[Window, ...]]:
    """Rule id -> its windows, of one of the two tables that say which rule uses which."""
    found: dict[int, tuple[Window, ...]] = {}
    pairs = uses.objects.order_by("id").values_list("rule_id", "timewindow_id")
    if not pairs:
        return found
    known = {row.pk: _window(row) for row in TimeWindow.objects.prefetch_related("intervals")}
    for rule_id, window_id in pairs:
        if (window := known.get(window_id)) is not None:
            found[rule_id] = (*found.get(rule_id, ()), window)
    return found


def _window(row: TimeWindow) -> Window | None:
    try:
        return row.window()
    except WindowError as error:
        # Forms refuse it, so it was written past them. Better to speak than to be silent.
        log.error("Time window %s is left out, it cannot be read: %s", row.name, error)
        return None


def _wordings() -> Wordings:
    rows = Template.objects.values_list("id", "name", "headline", "card")
    of_rules = Rule.objects.exclude(template=None).values_list("id", "template_id")
    of_targets = Target.objects.exclude(template=None).values_list("id", "template_id")
    return Wordings({row[0]: Wording(*row) for row in rows}, dict(of_rules), dict(of_targets))


def _quiets() -> Iterator[Quiet]:
    # A day of grace: clocks of machines differ, and what is over covers nothing.
    for silence in Silence.objects.filter(ends_at__gt=timezone.now() - timedelta(days=1)).order_by("id"):
        try:
            yield silence.quiet()
        except matchers.MatcherError as error:
            log.error("Silence %s is left out, its matchers cannot be read: %s", silence, error)


def _doors() -> dict[str, Door]:
    tokens: Any = IngestToken.objects.filter(source__enabled=True).values_list(
        "digest", "id", "expires_at", "source_id", "source__name", "source__duplicate_window"
    )
    return {digest: Door(*rest) for digest, *rest in tokens}


def _readable(
    rules: list[Rule],
    told: dict[int, list[int]],
    active: dict[int, tuple[Window, ...]],
    muted: dict[int, tuple[Window, ...]],
) -> Iterator[Route]:
    for rule in rules:
        try:
            targets = tuple(told.get(rule.pk, ()))
            yield route(rule, targets, active.get(rule.pk, ()), muted.get(rule.pk, ()))
        except matchers.MatcherError as error:
            # Forms refuse such a rule, so it was written past them. Without its matchers it would take every alert;
            # without the rule, its alerts reach a later rule or the fallback.
            log.error("Rule %s is left out, its matchers cannot be read: %s", rule.name, error)


def route(
    rule: Rule, target_ids: tuple[int, ...], active: tuple[Window, ...] = (), muted: tuple[Window, ...] = ()
) -> Route:
    """The frozen value of a rule. Raises MatcherError if its matchers were written past the form."""
    return Route(
        rule_id=rule.pk,
        name=rule.name,
        severities=frozenset(rule.severities),
        matchers=matchers.parse(rule.matchers),
        target_ids=target_ids,
        continues=rule.continues,
        sends_resolved=rule.sends_resolved,
        is_fallback=rule.is_fallback,
        active=() if rule.is_fallback else active,
        muted=() if rule.is_fallback else muted,
        records_only=rule.records_only,
    )


def _as_history(
    rule: Rule,
    told: dict[int, list[int]],
    targets: dict[int, str],
    active: dict[int, tuple[Window, ...]],
    muted: dict[int, tuple[Window, ...]],
) -> dict[str, Any]:
    windows = {"active windows": active.get(rule.pk, ()), "muted windows": muted.get(rule.pk, ())}
    return {
        "id": rule.pk,
        "name": rule.name,
        "position": rule.position,
        "severities": rule.severities,
        "matchers": rule.matchers,
        "targets": [targets.get(target_id, "") for target_id in told.get(rule.pk, ())],
        "continue": rule.continues,
        "send_resolved": rule.sends_resolved,
        "is_fallback": rule.is_fallback,
        "records_only": rule.records_only,
    } | {key: [window.name for window in named] for key, named in windows.items() if named}
