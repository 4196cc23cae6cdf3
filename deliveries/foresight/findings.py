"""What rules, targets, silences and settings are suspect of, in sentences: from how they are and from what happened."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Subquery

from deliveries.models import Delivery
from routing import rulebook
from routing.inputs import local, risky
from routing.models import Rule, Target
from routing.rulebook import Book
from routing.rules import lint
from routing.rules.decision import Route

Findings = Mapping[int, list[str]]
"""Row id -> what is to be said of it; rows of which nothing is to be said are missing."""

_LONG = timedelta(days=30)


def of_rules(now: datetime, book: Book | None = None) -> Findings:
    """`book`: the rules in force, for who has them at hand."""
    return _of_rules(book or rulebook.current(), _targets(), _idle(now))


def of_targets() -> Findings:
    return _of_targets(rulebook.current(), _targets())


def of_silences(now: datetime) -> Findings:
    return _of_silences(rulebook.current(), now)


def of_settings() -> Mapping[str, str]:
    """Name of the environment variable -> what is to be said of it."""
    if not local.is_of_this_machine(settings.PUBLIC_URL):
        return {}
    sentence = (
        f"Links in messages begin with {settings.PUBLIC_URL}, which leads nowhere from any other machine: set it to the "
        "address under which people open AlertHub, and restart AlertHub."
    )
    return {"ALERTHUB_PUBLIC_URL": sentence}


def in_all(now: datetime, rows: Iterable[Target], book: Book | None = None) -> list[tuple[str, int | None, str, str]]:
    """(kind, id, name, sentence) of everything there is to say, for the first page. `rows` are all targets; `book` are the
    rules in force, for who has them: then rules that tell nobody are as they were some minutes ago at most. A setting has no id; settings come first, as they concern every message."""
    targets = {row.pk: row for row in rows}
    idle = _idle(now) if book is None else _idle_lately(now, book.version)
    book = book or rulebook.current()
    rules = {route.rule_id: route.name for route in book.routes} | idle
    told = [
        ("rule", _of_rules(book, targets, idle), rules),
        ("target", _of_targets(book, targets), {target_id: target.name for target_id, target in targets.items()}),
        ("silence", _of_silences(book, now), {quiet.silence_id: str(quiet) for quiet in book.quiets}),
    ]
    of_rows = [
        (kind, row_id, names[row_id], sentence)
        for kind, found, names in told
        for row_id, sentences in found.items()
        for sentence in sentences
        if row_id in names
    ]
    return [*(("setting", None, name, sentence) for name, sentence in of_settings().items()), *of_rows]


def _of_rules(book: Book, targets: Mapping[int, Target], idle: Mapping[int, str]) -> Findings:
    found: dict[int, list[str]] = defaultdict(list)
    for rule_id, sentence in _unreachable(book.routes).items():
        found[rule_id].append(sentence)
    for rule_id, sentence in lint.told_to_nobody(book.routes).items():
        found[rule_id].append(sentence)
    for rule_id, sentence in lint.targets_of_rules(book.routes, _enabled(targets), book.targets)[0].items():
        found[rule_id].append(sentence)
    for rule_id in idle:
        if rule_id not in found:
            found[rule_id].append("It told nobody anything in the last 30 days.")
    return found


@lru_cache(maxsize=4)
def _unreachable(routes: tuple[Route, ...]) -> Mapping[int, str]:
    """Every rule is compared with those before it: once for each state of the rules."""
    return lint.unreachable(routes)


def _of_targets(book: Book, targets: Mapping[int, Target]) -> Findings:
    found: dict[int, list[str]] = defaultdict(list)
    used = {target_id for route in book.routes for target_id in route.target_ids}
    used |= {row.fallback_target_id for row in targets.values() if row.fallback_target_id is not None}
    for target_id, sentence in lint.targets_of_rules(book.routes, _enabled(targets), book.targets)[1].items():
        found[target_id].append(sentence)
    for target_id, target in targets.items():
        if target_id not in used and not target.hears_troubles:
            found[target_id].append("No rule uses it.")
        if risky.is_plain(target.webhook_origin):
            found[target_id].append(risky.PLAIN)
    return found


def _of_silences(book: Book, now: datetime) -> Findings:
    quiets = [quiet for quiet in book.quiets if quiet.ends_at > now]
    return {silence_id: [sentence] for silence_id, sentence in lint.redundant(quiets).items()}


def _targets() -> dict[int, Target]:
    return Target.objects.in_bulk()


def _enabled(targets: Mapping[int, Target]) -> dict[int, bool]:
    return {target_id: target.enabled for target_id, target in targets.items()}


def _idle(now: datetime) -> dict[int, str]:
    """Rules that could have told somebody, and did not, for as long as is worth saying; with their names."""
    since = now - _LONG
    first = Delivery.objects.filter(created_at__gt=since).order_by("created_at").values("id")[:1]
    lately = Delivery.objects.filter(rule=OuterRef("pk"), id__gte=Subquery(first))
    could = Rule.objects.filter(enabled=True, is_fallback=False, created_at__lte=since, targets__enabled=True)
    never_silent = could.filter(active_windows=None, muted_windows=None)
    return dict(never_silent.exclude(Exists(lately)).order_by("id").values_list("id", "name").distinct())


_KEPT_FOR = timedelta(minutes=10)
_known: tuple[Any, dict[int, str]] | None = None


def _idle_lately(now: datetime, version: int | None) -> dict[int, str]:
    """Of 30 days, ten minutes are little; another state of the rules is asked anew."""
    global _known
    key = version, now.timestamp() // _KEPT_FOR.total_seconds()
    if _known is None or version is None or _known[0] != key:
        _known = key, _idle(now)
    return _known[1]


def forget() -> None:
    """Drop what is kept in memory: for tests, whose rolled back changes reuse version numbers."""
    global _known
    _known = None
