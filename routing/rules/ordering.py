"""Where a rule stands among the others: a new order, and the numbers for it, of which as few as can be differ. Pure.

The fallback has no place here: it stands after all others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from routing.inputs.bounds import Bounds

STEP = 10
TOP, UP, DOWN, LAST, AFTER, BEFORE = "top", "up", "down", "last", "after", "before"
WHERE = (TOP, UP, DOWN, LAST, AFTER, BEFORE)


def moved(order: Sequence[int], rule_id: int, where: str, other_id: int | None = None) -> list[int]:
    """`order` with this rule elsewhere; `other_id` is the rule it is to stand after or before.

    Whoever is to stand after one that is not in `order`, as the fallback is not, stands last. At the end UP and DOWN change nothing.
    """
    others = [each for each in order if each != rule_id]
    place = order.index(rule_id)
    places = {TOP: 0, UP: max(place - 1, 0), DOWN: min(place + 1, len(others)), LAST: len(others)}
    if where in places:
        new = places[where]
    elif other_id == rule_id:
        new = place
    elif other_id in others:
        new = others.index(other_id) + (where == AFTER)
    else:
        new = len(others)
    return [*others[:new], rule_id, *others[new:]]


def positions(order: Sequence[int], had: Mapping[int, int], rule_id: int, allowed: Bounds) -> dict[int, int]:
    """The numbers that have to change, so that `order` holds; `had` are those of all rules in it."""
    place = order.index(rule_id)
    before = had[order[place - 1]] if place else None
    after = had[order[place + 1]] if place + 1 < len(order) else None
    free = _between(before, after, allowed)
    if free is not None:
        return {rule_id: free}
    pushed = _pushed(order[place:], had, rule_id, allowed.least if before is None else before + 1)
    if max(pushed.values()) <= allowed.most:
        return pushed
    step = min(STEP, (allowed.most - allowed.least) // len(order))
    anew = {each: allowed.least + number * step for number, each in enumerate(order)}
    return {each: number for each, number in anew.items() if number != had[each]}


def _between(before: int | None, after: int | None, allowed: Bounds) -> int | None:
    """A number between the two, far from both; None if there is none."""
    if after is None:
        found = allowed.least if before is None else before + STEP
        return found if found <= allowed.most else None
    if before is None:
        return max(after - STEP, allowed.least) if after > allowed.least else None
    found = (before + after) // 2
    return found if before < found < after else None


def _pushed(following: Sequence[int], had: Mapping[int, int], rule_id: int, free: int) -> dict[int, int]:
    """The rule and those behind it, each only as far as the one before it needs."""
    found: dict[int, int] = {}
    for each in following:
        if each != rule_id and had[each] >= free:
            break
        found[each] = free
        free += 1
    return found
