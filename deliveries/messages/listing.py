"""The alerts of a digest, a line for each kind, worst first: what still fires, what came and went, what is over."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Protocol

from deliveries.messages import identifying, kinds, safe, words
from deliveries.messages.fit import BREAK, units
from deliveries.messages.kinds import Kind

_LABELS = 3
_LONGEST_LABEL = 60  # units
# Alerts of one kind: as many as leave room for the other kinds.
_OF_A_KIND = (1000, 20, 8, 3)
_BETWEEN = " · "
_LAST = datetime.max.replace(tzinfo=UTC)


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
    """The lines that fit, and how many alerts they show."""

    lines: list[str]
    shown: int
    is_whole: bool


@dataclass(frozen=True, slots=True)
class _Section:
    title: str
    belongs: Callable[[Listed], bool]
    time: Callable[[Listed, datetime], str]


_SECTIONS = (
    _Section("**Still firing** since (UTC)", lambda alert: alert.status != "resolved", words.short),
    _Section(
        "**Fired and resolved meanwhile**",
        lambda alert: alert.status == "resolved" and alert.was_firing,
        lambda alert, now: words.fired_and_resolved(alert.starts_at, alert.ends_at, now),
    ),
    _Section("**Resolved** (UTC)", lambda alert: alert.status == "resolved" and not alert.was_firing, words.short),
)


def listing(told: Sequence[Listed], order: Sequence[Kind], now: datetime, room: int) -> Listing:
    """What fits into room UTF-16 units."""
    place = {kind: number for number, kind in enumerate(order)}
    ordered = sorted(told, key=lambda alert: (place[_kind(alert)], alert.starts_at or _LAST))
    apart = _apart(told)
    for most in _OF_A_KIND:
        found = _listing(ordered, apart, now, room, most)
        if found.is_whole:
            break
    return found


def _listing(
    ordered: Sequence[Listed], apart: Callable[[Listed], list[str]], now: datetime, room: int, most: int
) -> Listing:
    lines: list[str] = []
    count = 0
    for section in _SECTIONS:
        heading = section.title
        for _, grouped in groupby(filter(section.belongs, ordered), key=_kind):
            alerts = list(grouped)
            line = _line(alerts[:most], len(alerts), apart, section.time, now)
            new = [line] if not heading else [heading, line]
            size = sum(units(each) + units(BREAK) for each in new)
            if size > room:
                return Listing(lines, count, is_whole=False)
            lines += new
            room -= size
            heading = ""
            count += min(len(alerts), most)
    return Listing(lines, count, is_whole=True)


def _line(
    shown: Sequence[Listed],
    count: int,
    apart: Callable[[Listed], list[str]],
    time: Callable[[Listed, datetime], str],
    now: datetime,
) -> str:
    """One kind: its mark and name, then of each alert what sets it apart and when it was."""
    first = shown[0]
    times = [time(alert, now) for alert in shown]
    same = times[0] if len(set(times)) == 1 else ""
    each = [
        " ".join(
            [
                *(safe.code(f"{name}={alert.labels[name]}", _LONGEST_LABEL) for name in apart(alert)),
                *([] if same else [when]),
            ]
        )
        for alert, when in zip(shown, times, strict=True)
    ]
    parts = [part for part in each if part]
    if parts and count > len(shown):
        parts.append(f"+{count - len(shown)}")
    head = " ".join(
        part for part in (words.emoji(first.status, first.severity), kinds.short_name(first.name), same) if part
    )
    return f"{head}: {_BETWEEN.join(parts)}" if parts else head


def _kind(alert: Listed) -> Kind:
    return alert.severity, alert.name


def _apart(told: Sequence[Listed]) -> Callable[[Listed], list[str]]:
    """Which labels set an alert apart: those that differ among its kind, first those with the most values in the digest."""
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
        names = [name for name in identifying.distinctive(alert.labels) if kind in alone or name not in alike[kind]]
        telling = [name for name in names if len(values[name]) > 1] or names
        return sorted(telling, key=lambda name: -len(values[name]))[:_LABELS]

    return apart
