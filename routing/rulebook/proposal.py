"""The rules as they would be after a change that nobody saved yet."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from routing import rulebook
from routing.models import Rule, TimeWindow
from routing.rulebook import Book
from routing.rules.decision import Route

_LAST_ID = 2**62  # of a rule that has none yet: after all others of its position


@dataclass(frozen=True, slots=True)
class Proposal:
    """`changed` are the ids of the rules that differ: what fits none of them, before and after, goes where it went."""

    before: tuple[Route, ...]
    after: tuple[Route, ...]
    changed: frozenset[int]


def saved(
    book: Book,
    rule: Rule,
    target_ids: Collection[int],
    active: Collection[TimeWindow] = (),
    muted: Collection[TimeWindow] = (),
) -> Proposal:
    """`rule` as it would be saved, with what it would refer to. Raises MatcherError or WindowError."""
    rule_id = rule.pk or _LAST_ID
    others = [route for route in book.routes if route.rule_id != rule_id]
    if not rule.enabled:
        return Proposal(book.routes, tuple(others), frozenset({rule_id}))
    old_id, rule.pk = rule.pk, rule_id
    windows = (tuple(row.window() for row in rows) for rows in (active, muted))
    new = rulebook.route(rule, tuple(target_ids), *windows)
    rule.pk = old_id
    places = _places() | {rule_id: rule.position}
    return Proposal(book.routes, _in_order([*others, new], places), frozenset({rule_id}))


def deleted(book: Book, rule_ids: Collection[int]) -> Proposal:
    gone = frozenset(rule_ids)
    after = tuple(route for route in book.routes if route.rule_id not in gone or route.is_fallback)
    return Proposal(book.routes, after, gone)


def reordered(book: Book, positions: Mapping[int, int]) -> Proposal:
    """`positions` by rule; rules that are not named stay."""
    before = _places()
    places = before | dict(positions)
    moved = frozenset(rule_id for rule_id, position in places.items() if before.get(rule_id) != position)
    return Proposal(book.routes, _in_order(book.routes, places), moved)


def done(book: Book, numbers_before: Mapping[int, int]) -> Proposal:
    """A new order that is in force already: from where the named rules stood to where all stand now."""
    back = reordered(book, numbers_before)
    return Proposal(back.after, back.before, back.changed)


def _places() -> dict[int, int]:
    return dict(Rule.objects.values_list("id", "position"))


def _in_order(routes: Collection[Route], places: Mapping[int, int]) -> tuple[Route, ...]:
    return tuple(sorted(routes, key=lambda one: (one.is_fallback, places.get(one.rule_id, 0), one.rule_id)))
