"""The alerts of a digest, a line for each kind, worst first: how many, and of each what sets it apart and when it was."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Protocol

from deliveries.messages import identifying, kinds, safe, words
from deliveries.messages.fit import BREAK, units
from deliveries.messages.kinds import Kind, Kinds, Tally

_LABELS = 3
_LONGEST_LABEL = 60  # units
# Alerts of one kind: as many as leave room for the other kinds.
_OF_A_KIND = (1000, 20, 8, 3)
_BETWEEN = " · "
_LAST = datetime.max.replace(tzinfo=UTC)
_KNOWN_BY_ITS_MARK = ("critical", "warning", "info")


class Listed(words.Timed, Protocol):
    """What the list needs to know of an alert."""

    @property
    def name(self) -> str: ...
    @property
    def severity(self) -> str: ...
    @property
    def labels(self) -> Mapping[str, str]: ...
    @property
    def was_firing(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Listing:
    """A line for each of the worst kinds, how many alerts these show one by one, and the kinds that have no line.

    severities are those of the kinds with a line.
    """

    lines: list[str]
    severities: frozenset[str]
    shown: int
    left: Kinds


def listing(alerts: Sequence[Listed], counts: Kinds, now: datetime, room: int) -> Listing:
    """What fits into room UTF-16 units beside the names and counts of the kinds that have no line."""
    order = kinds.in_order(counts)
    place = {kind: number for number, kind in enumerate(order)}
    ordered = sorted(alerts, key=lambda alert: (place[_kind(alert)], *_in_a_line(alert)))
    groups = [list(group) for _, group in groupby(ordered, key=_kind)]
    apart, reserved = _apart(alerts), _reserved(order, counts)
    for most in _OF_A_KIND:
        lines: list[str] = []
        shown, taken = 0, 0
        for number, group in enumerate(groups, start=1):
            line = _line(group[:most], counts[_kind(group[0])], apart, now)
            taken += units(line) + units(BREAK)
            if taken + reserved[number] > room:
                break
            lines.append(line)
            shown += min(len(group), most)
        if len(lines) == len(groups):
            break
    told_by_line, left = order[: len(lines)], order[len(lines) :]
    return Listing(lines, frozenset(kind[0] for kind in told_by_line), shown, {kind: counts[kind] for kind in left})


def _reserved(order: Sequence[Kind], counts: Kinds) -> list[int]:
    """What the names and counts of all kinds from a place on take, for each place."""
    tally = Tally()
    sizes = [0]
    severities: set[str] = set()
    for kind in reversed(order):
        tally.add({kind: counts[kind]})
        severities.add(kind[0])
        # The break before them, and the word that says they are not all.
        sizes.append(tally.size + units(BREAK) + len(kinds.MORE) * len(severities))
    return sizes[::-1]


def _in_a_line(alert: Listed) -> tuple[bool, bool, datetime]:
    """What fires, what came and went, what is over."""
    is_over = alert.status == "resolved"
    return is_over, is_over and not alert.was_firing, alert.starts_at or _LAST


def _line(shown: Sequence[Listed], count: kinds.Count, apart: Callable[[Listed], list[str]], now: datetime) -> str:
    """ "🔴 DiskFull ×3 (1 resolved) · `instance=db1` 14:02 · `instance=db2` 14:05 · ✅ `instance=db3` 14:02–14:09"."""
    name, severity = shown[0].name, shown[0].severity
    mark = kinds.emoji(severity, count)
    front = "" if count[0] and severity in _KNOWN_BY_ITS_MARK else f"{words.severity(severity)}: "
    times = [_time(alert, now) for alert in shown]
    same = times[0] if len(set(times)) == 1 and len({alert.status for alert in shown}) == 1 else ""
    parts = [f"{mark} {front}{kinds.entry(name, count)}"]
    if same:
        is_over = shown[0].status == "resolved"
        parts.append(f"{'' if is_over else 'since '}{same.removesuffix(' UTC')} UTC")
    for alert, when in zip(shown, times, strict=True):
        over = "✅" if count[0] and alert.status == "resolved" else ""
        labels = [safe.code(f"{label}={alert.labels[label]}", _LONGEST_LABEL) for label in apart(alert)]
        if each := " ".join(part for part in (over, *labels, "" if same else when) if part):
            parts.append(each)
    told = len(parts) > 1 + bool(same)
    rest = sum(count) - len(shown)
    return _BETWEEN.join([*parts, *([f"+{rest}"] if told and rest else [])])


def _time(alert: Listed, now: datetime) -> str:
    if alert.status == "resolved" and alert.was_firing:
        return words.fired_and_resolved(alert.starts_at, alert.ends_at, now)
    return words.short(alert, now)


def _kind(alert: Listed) -> Kind:
    return alert.severity, alert.name


def _apart(told: Sequence[Listed]) -> Callable[[Listed], list[str]]:
    """Which labels set an alert apart: those that differ among its kind, first those with the most values in the digest.

    Those that its exporter added are the last resort.
    """
    values: dict[str, set[str]] = {}
    alike: dict[Kind, dict[str, str]] = {}
    alone: set[Kind] = set()
    for alert in told:
        labels = identifying.distinctive(alert.labels)
        for name, value in labels.items():
            values.setdefault(name, set()).add(value)
        before = alike.get(_kind(alert))
        if before is None:
            alike[_kind(alert)] = labels
            alone.add(_kind(alert))
        else:
            alike[_kind(alert)] = {name: value for name, value in before.items() if labels.get(name) == value}
            alone.discard(_kind(alert))

    def apart(alert: Listed) -> list[str]:
        kind = _kind(alert)
        if kind in alone:
            return [each.name for each in identifying.identities([alert.labels])][:_LABELS]
        last = identifying.of_the_exporter(alert.labels)
        names = [name for name in identifying.distinctive(alert.labels) if name not in alike[kind]]
        telling = [name for name in names if name not in last] or names
        return sorted(telling, key=lambda name: -len(values[name]))[:_LABELS]

    return apart
