"""What a replay found, in words: one sentence, and a few of the alerts that would have gone elsewhere. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from deliveries.foresight.impact.replay import Group, Targets

EXAMPLES = 10
_IN_THE_SENTENCE = 2
_LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Example:
    """One alert: `goes` is where to, in words; `is_lost`: nobody would have been told."""

    name: str
    goes: str
    labels: str
    notification: int
    is_lost: bool


@dataclass(frozen=True, slots=True)
class Said:
    """`lost` is a sentence of its own, or empty."""

    sentence: str
    lost: str
    moved: int
    examples: tuple[Example, ...]


def said(groups: Sequence[Group], alerts: int, hours: int, names: Mapping[int, str]) -> Said:
    """`alerts` were checked, of the last `hours`; `groups` would have gone elsewhere, the worst first."""
    moved = sum(group.count for group in groups)
    lost = sum(group.count for group in groups if group.is_lost)
    examples = tuple(_examples(groups, names))
    checked = f"{_alerts(alerts)} of the last {_lately(hours)}"
    if not alerts:
        return Said(f"No alert came in the last {_lately(hours)}, so there is nothing to compare.", "", 0, ())
    if not moved:
        return Said(f"{checked} checked: nothing goes elsewhere.", "", 0, ())
    ways = list(dict.fromkeys(f"{one.name} {one.goes}" for one in examples))
    more = ", …" if len(ways) > _IN_THE_SENTENCE else "."
    sentence = f"{moved:,} of {checked} would have gone elsewhere: {', '.join(ways[:_IN_THE_SENTENCE])}{more}"
    return Said(sentence, _lost(lost, moved), moved, examples)


def _lost(lost: int, moved: int) -> str:
    if not lost:
        return ""
    who = f"All {lost:,}" if lost == moved and lost > 1 else "It" if lost == moved else f"{lost:,}"
    of_them = "" if lost == moved else " of them"
    return f"{who}{of_them} would have been told to nobody."


def _examples(groups: Sequence[Group], names: Mapping[int, str]) -> Iterator[Example]:
    """One of each group first, so that every way is seen."""
    columns = [[(group, one) for one in group.examples] for group in groups]
    in_turn = [one for row in zip_longest(*columns) for one in row if one is not None]
    for group, (name, labels, notification) in in_turn[:EXAMPLES]:
        goes = f"to {_names(group.after, names)} instead of {_names(group.before, names)}"
        yield Example(_short(name or "(no alert name)"), goes, labels, notification, group.is_lost)


def _names(targets: Targets, names: Mapping[int, str]) -> str:
    return " and ".join(names.get(each, f"target {each}") for each in targets) or "nobody"


def _alerts(count: int) -> str:
    return "1 alert" if count == 1 else f"{count:,} alerts"


def _lately(hours: int) -> str:
    return f"{hours} h" if hours < 48 or hours % 24 else f"{hours // 24} days"


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
