"""From rows to a Book: the only file that turns what people edit into what `decision` walks."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.utils import timezone

from routing.models import IngestToken, Rule, SeverityAlias, Silence, Source, Target, Template, TimeWindow
from routing.rulebook.book import Admission, Book, Wording, Wordings
from routing.rules import matchers
from routing.rules.decision import Route, Routes
from routing.rules.severity import folded
from routing.rules.silencing import Quiet
from routing.rules.windows import Window, WindowError

log = logging.getLogger(__name__)


def read(version: int | None) -> Book:
    """All the rules as the tables hold them now. Several statements: the caller sees that nobody wrote in between."""
    Rule.objects.fallback()
    severity_words = dict(SeverityAlias.objects.values_list("word", "severity"))
    targets = dict(Target.objects.values_list("id", "name"))
    told: dict[int, list[int]] = {}
    for rule_id, target_id in Rule.targets.through.objects.order_by("id").values_list("rule_id", "target_id"):
        told.setdefault(rule_id, []).append(target_id)
    rules = list(Rule.objects.filter(enabled=True).in_order())
    active, muted = _windows(Rule.active_windows.through), _windows(Rule.muted_windows.through)
    routes = Routes(_readable(rules, told, active, muted))
    content = {
        "rules": [_as_history(rule, told, targets, active, muted) for rule in rules],
        "severity words": severity_words,
    }
    text = json.dumps(content, sort_keys=True, ensure_ascii=False)
    edited = frozenset(Target.objects.filter(updates=Target.Updates.EDIT).values_list("id", flat=True))
    digest = hashlib.sha256(text.encode()).hexdigest()
    table, quiets = folded(severity_words), tuple(_quiets())
    labels = {pk: tuple(names) for pk, names in Source.objects.values_list("id", "severity_labels")}
    return Book(version, routes, table, targets, content, digest, _admissions(), edited, _wordings(), quiets, labels)


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


def _admissions() -> dict[str, Admission]:
    tokens: Any = IngestToken.objects.filter(source__enabled=True).values_list(
        "digest", "id", "expires_at", "source_id", "source__name", "source__duplicate_window"
    )
    return {digest: Admission(*rest) for digest, *rest in tokens}


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
