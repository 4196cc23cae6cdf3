"""Counts per severity and alert name, worst first: the part of a digest that leaves nothing out.

One line for each severity, "🔴 **25 critical** · DiskFull ×20 (5 resolved), PostgresDown": the resolved ones are among
the 20, and a name without a count stands for one alert.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from deliveries.messages import safe, words
from deliveries.messages.fit import BREAK, cut, units
from deliveries.messages.headline import NAMELESS
from routing.rules.severity import rank

Kind = tuple[str, str]  # severity, alert name
Count = tuple[int, int]  # firing, resolved
Kinds = Mapping[Kind, Count]

_LONGEST_NAME = 100  # units
_MOST_ON_TOP = 3  # names; a push has room for no more
MORE = " more"
_BETWEEN = ", "
_NONE = (0, 0)


class Tally:
    """Kinds that grow, and how many UTF-16 units they take when all are told."""

    def __init__(self) -> None:
        self.kinds: dict[Kind, Count] = {}
        self._severities: dict[str, Count] = {}
        self._length = 0

    @property
    def size(self) -> int:
        return max(0, self._length - units(BREAK))

    def size_with(self, more: Kinds) -> int:
        """The size it would have with these."""
        return max(0, self._grown(more)[2] - units(BREAK))

    def add(self, more: Kinds) -> None:
        kinds, severities, self._length = self._grown(more)
        self.kinds |= kinds
        self._severities |= severities

    def _grown(self, more: Kinds) -> tuple[dict[Kind, Count], dict[str, Count], int]:
        kinds: dict[Kind, Count] = {}
        severities: dict[str, Count] = {}
        for (severity, name), count in more.items():
            kind = severity, name
            kinds[kind] = _sum(self.kinds.get(kind, _NONE), count)
            severities[severity] = _sum(severities.get(severity, self._severities.get(severity, _NONE)), count)
        length = self._length
        for (severity, name), count in kinds.items():
            length += _entry_size(name, count) - _entry_size(name, self.kinds.get((severity, name), _NONE))
        for severity, count in severities.items():
            length += _head_size(severity, count) - _head_size(severity, self._severities.get(severity, _NONE))
        return kinds, severities, length


def size(kinds: Kinds) -> int:
    """UTF-16 units that telling all of these takes."""
    tally = Tally()
    tally.add(kinds)
    return tally.size


def told(kinds: Kinds, room: int, line_break: str = BREAK, *, beside: Collection[str] = ()) -> str:
    """As many kinds as fit into room; the rest is counted, so that the counts always add up to all.

    `beside`: the severities of which others are told above, each on its own line; MORE comes to the size for each.
    """
    ordered = in_order(kinds)
    if size(kinds) + len(MORE) * len({kind[0] for kind in ordered} & {*beside}) <= room:
        return _lines(ordered, kinds, line_break, beside)
    alerts = _alerts(kinds.values())
    room -= units(_more(len(kinds), alerts)) + units(BREAK)
    tally = Tally()
    for kind in ordered:
        # Measured with the severity's whole count, which its line will show.
        if tally.size_with({kind: kinds[kind]}) + len(str(alerts)) > room:
            break
        tally.add({kind: kinds[kind]})
    shown = ordered[: len(tally.kinds)]
    left = ordered[len(shown) :]
    # None is left where only the words that others are told above found no room.
    rest = _more(len(left), _alerts(kinds[kind] for kind in left)) if left else ""
    return line_break.join(part for part in (_lines(shown, kinds, line_break), rest) if part)


def top(kinds: Kinds, severity: str, room: int) -> str:
    """What most alerts of a severity are called, "BackupFailed ×27, PostgresDown ×9, +4 kinds"; "" where none fits."""
    ordered = [kind for kind in in_order(kinds) if kind[0] == severity]
    if len(ordered) == 1:  # the severity's count is its own
        name = short_name(ordered[0][1])
        return name if units(name) <= room else ""
    shown: list[str] = []
    for kind in ordered[:_MOST_ON_TOP]:
        part = entry(kind[1], kinds[kind])
        left = len(ordered) - len(shown) - 1
        if units(part) + (units(_BETWEEN) + units(_rest(left)) if left else 0) > room:
            break
        shown.append(part)
        room -= units(part) + units(_BETWEEN)
    left = len(ordered) - len(shown)
    return _BETWEEN.join([*shown, *([_rest(left)] if left else [])]) if shown else ""


def _rest(count: int) -> str:
    return f"+{count} kind{'s' if count != 1 else ''}"


def in_order(kinds: Kinds) -> list[Kind]:
    """Worst severity first, in it what fires most."""

    def place(kind: Kind) -> tuple[int, str, bool, int, int, str]:
        firing, resolved = kinds[kind]
        return rank(kind[0]), kind[0], not firing, -firing, -resolved, kind[1]

    return sorted((kind for kind, count in kinds.items() if any(count)), key=place)


def by_severity(kinds: Kinds) -> dict[str, Count]:
    """Worst first."""
    counts: dict[str, Count] = {}
    for kind in in_order(kinds):
        counts[kind[0]] = _sum(counts.get(kind[0], _NONE), kinds[kind])
    return counts


def resolved_of(count: Count) -> str:
    """What follows a count or a name: how many of them are resolved."""
    firing, resolved = count
    if not resolved:
        return ""
    return f" ({resolved} resolved)" if firing else " (resolved)"


def emoji(severity: str, count: Count) -> str:
    return words.emoji("firing" if count[0] else "resolved", severity)


def _lines(shown: list[Kind], kinds: Kinds, line_break: str, beside: Collection[str] = ()) -> str:
    counts = by_severity(kinds)
    lines: dict[str, list[str]] = {}
    for severity, name in shown:
        lines.setdefault(severity, []).append(entry(name, kinds[severity, name]))
    return line_break.join(
        f"{_head(severity, counts[severity], MORE if severity in beside else '')} {_BETWEEN.join(entries)}"
        for severity, entries in lines.items()
    )


def _head(severity: str, count: Count, more: str = "") -> str:
    return f"{emoji(severity, count)} **{sum(count)}{more} {words.severity(severity)}** ·"


def entry(name: str, count: Count) -> str:
    """ "DiskFull ×20 (5 resolved)"."""
    total = sum(count)
    return short_name(name) + (f" ×{total}" if total > 1 else "") + resolved_of(count)


def short_name(name: str) -> str:
    return safe.name(cut(name, _LONGEST_NAME)) or NAMELESS


def _more(kinds: int, alerts: int) -> str:
    return f"**+{kinds} more kind{'s' if kinds != 1 else ''} ({alerts} alert{'s' if alerts != 1 else ''})**"


def _head_size(severity: str, count: Count) -> int:
    """With the space after it and the break after its line, without the comma that its last entry has not."""
    return units(_head(severity, count)) + 1 + units(BREAK) - units(_BETWEEN) if any(count) else 0


def _entry_size(name: str, count: Count) -> int:
    return units(entry(name, count)) + units(_BETWEEN) if any(count) else 0


def _alerts(counts: Iterable[Count]) -> int:
    return sum(map(sum, counts))


def _sum(one: Count, other: Count) -> Count:
    return one[0] + other[0], one[1] + other[1]
