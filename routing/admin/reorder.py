"""One rule moved among the others, and moved back: the new order, saved at once, unless somebody else changed it meanwhile."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.core import signing
from django.db import transaction

from routing.changes import authorship, changing
from routing.changes.history import complete
from routing.inputs import bounds
from routing.models import Rule
from routing.rules import ordering

_SALT = "routing.moved"
_KEPT_SECONDS = 24 * 3600
_IN_BETWEEN = "Somebody else changed the order while you had it open: this is how it is now. Nothing was moved."


class Refused(Exception):
    """It is not moved; str() is a sentence that says why."""


@dataclass(frozen=True, slots=True)
class Order:
    """The rules but the fallback, as they stand: their ids in order, and their numbers and names."""

    ids: tuple[int, ...]
    numbers: Mapping[int, int]
    names: Mapping[int, str]

    @property
    def mark(self) -> str:
        """The same for the same order."""
        return hashlib.sha256(",".join(map(str, self.ids)).encode()).hexdigest()[:16]

    def predecessor(self, rule_id: int) -> int | None:
        """The rule it stands after; None for the first."""
        place = self.ids.index(rule_id)
        return self.ids[place - 1] if place else None


@dataclass(frozen=True, slots=True)
class To:
    """Where to: see `ordering`. `other_id` is the rule it is to stand after or before."""

    where: str
    other_id: int | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """What was done, in a sentence; the numbers that changed, as they were; and what takes it back, if anything does."""

    sentence: str
    numbers_before: Mapping[int, int]
    undo: str = ""


def present() -> Order:
    return _order(Rule.objects.filter(is_fallback=False).only("position", "name"))


def to(text: str) -> To:
    """Of "top", "up", "down", "last", "after:5" or "before:5". Raises Refused for anything else."""
    where, _, other = text.partition(":")
    needs_other = where in (ordering.AFTER, ordering.BEFORE)
    if where not in ordering.WHERE or not (bounds.is_id(other) if needs_other else not other):
        raise Refused("This is no place for a rule. Choose one from the list.")
    return To(where, int(other) if needs_other else None)


def proposed(order: Order, rule_id: int, place: To) -> dict[int, int]:
    """The numbers that would change; none, if it stands there already. Raises Refused if the rule is not in the order."""
    if rule_id not in order.numbers:
        raise Refused("This rule is gone, or it is the fallback, which stays last. Nothing was moved.")
    wanted = ordering.moved(order.ids, rule_id, place.where, place.other_id)
    if wanted == list(order.ids):
        return {}
    return ordering.positions(wanted, order.numbers, rule_id, bounds.POSITION)


def move(rule_id: int, place: To, seen: str, reason: str) -> Moved:
    """`seen` is the mark of the order that was looked at; an empty one is a form made by hand. Raises Refused."""
    with transaction.atomic():
        rows = _locked()
        order = _order(rows)
        if seen not in ("", order.mark):
            raise Refused(_IN_BETWEEN)
        changed = proposed(order, rule_id, place)
        _save(rows, changed, rule_id, reason)
        before = {each: order.numbers[each] for each in changed}
        undo = signing.dumps([rule_id, [[each, before[each], changed[each]] for each in changed]], salt=_SALT)
        words = _words(_order(rows), rule_id, "is now" if changed else "is")
    return Moved(f"{words}.", before, undo) if changed else Moved(f"{words} already: nothing was moved.", {})


def take_back(undo: str, reason: str) -> Moved:
    """Raises Refused for what is not ours, and if the rules were moved again since."""
    rule_id, numbers = opened(undo)
    with transaction.atomic():
        rows = _locked()
        order = _order(rows)
        before = {each: number for each, number, _ in numbers}
        if any(order.numbers.get(each) != after for each, _, after in numbers) or _is_taken(order, before):
            raise Refused("Rules were moved again since: this is how they stand now. Nothing was moved.")
        _save(rows, before, rule_id, reason or "moved back")
        return Moved(f"{_words(_order(rows), rule_id, 'is')} again.", {each: after for each, _, after in numbers})


def _is_taken(order: Order, numbers: Mapping[int, int]) -> bool:
    """Another rule has one of these numbers by now: which of the two came first would be nobody's choice."""
    wanted = set(numbers.values())
    return any(number in wanted for each, number in order.numbers.items() if each not in numbers)


def opened(undo: str) -> tuple[int, list[tuple[int, int, int]]]:
    """The rule that was moved, and (id, number before, number after) of all that changed. Raises Refused."""
    try:
        rule_id, numbers = signing.loads(undo, salt=_SALT, max_age=_KEPT_SECONDS)
    except signing.BadSignature:
        raise Refused("This can no longer be taken back: move the rule where it belongs.") from None
    return rule_id, [(each, before, after) for each, before, after in numbers]


def _locked() -> list[Rule]:
    """By id, so that two who move at once wait for each other."""
    return list(changing.for_update(Rule.objects.filter(is_fallback=False).order_by("pk")))


def _order(rows: Iterable[Rule]) -> Order:
    ordered = sorted(rows, key=lambda rule: (rule.position, rule.pk))
    return Order(
        tuple(rule.pk for rule in ordered),
        {rule.pk: rule.position for rule in ordered},
        {rule.pk: rule.name for rule in ordered},
    )


def _save(rows: Sequence[Rule], numbers: Mapping[int, int], rule_id: int, reason: str) -> None:
    names = {rule.pk: rule.name for rule in rows}
    for rule in rows:
        if rule.pk not in numbers:
            continue
        before = changing.values(rule)
        rule.position = numbers[rule.pk]
        # The others only made room.
        with authorship.because(reason if rule.pk == rule_id else f"rule {names[rule_id]} was moved"):
            changing.save(rule, before)
            complete(rule)


def _words(order: Order, rule_id: int, verb: str) -> str:
    after = order.predecessor(rule_id)
    place = "the first rule" if after is None else f"after ‘{order.names[after]}’"
    return f"‘{order.names[rule_id]}’ {verb} {place}"
