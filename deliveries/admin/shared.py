"""What chosen alerts have in common, as labels and as the matchers of a silence for all of them. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote_plus

from routing.rules.matchers import regex
from routing.rules.matchers.entering import MOST, MOST_ALTERNATIVES
from routing.rules.matchers.matcher import written

_MOST_VALUES = 6
_LONGEST_VALUES = 200
# Of all matchers, escaped as in an address, of which servers take some 4,000 characters.
_LONGEST = 3_000
_NAMES = ("alertname", "rule")  # "rule" is Falco's name of an alert
_SPECIAL = re.compile(r"[\\.+*?()|\[\]{}^$]")

Labels = Mapping[str, str]


def labels(alerts: Sequence[Labels]) -> dict[str, str]:
    """Those that all of them have with one value, by name."""
    first, *others = alerts or [{}]
    return {name: first[name] for name in sorted(first) if all(other.get(name) == first[name] for other in others)}


def matchers(alerts: Sequence[Labels], of: str = "") -> list[str]:
    """Equal labels as `=`, a label of few short values as `=~`, the alert's name first; the rest is left out.

    Each of the alerts fits all of them. `of` is the label whose values make the groups that were chosen, if one does: what is
    without it is said by an empty value. None at all where neither that label nor the alerts' names can be said: what is left would
    fit alerts that nobody chose.
    """
    same = labels(alerts)
    found = {name: written(name, "=", value) for name, value in same.items() if name and value}
    everywhere = set(alerts[0]).intersection(*alerts) if alerts else set()
    for name in sorted(everywhere - set(same) - {""}):
        values = {one[name] for one in alerts}
        if all(values) and (pattern := _alternatives(name, values)):
            found[name] = written(name, "=~", pattern)
    if of and alerts and of not in found:
        found |= _without(of, {one.get(of, "") for one in alerts})
    kept: list[str] = []
    left = _LONGEST
    # What must be said and whatever is short find room before what is long.
    for name in sorted(found, key=lambda name: (name != of, name not in _NAMES, len(found[name]))):
        length = len(quote_plus(f"{found[name]}\n"))
        if length <= left and len(kept) < MOST:
            kept.append(name)
            left -= length
    if of not in kept and any(name in everywhere and name not in kept for name in _NAMES):
        return []
    return [found[name] for name in sorted(kept, key=lambda name: (name not in _NAMES, name))]


def _without(name: str, values: set[str]) -> dict[str, str]:
    """The matcher of what has no such label, or one of these values, of which one is empty; nothing if it cannot be said."""
    if values == {""}:
        return {name: written(name, "=", "")}
    pattern = _alternatives(name, values) if "" in values else ""
    return {name: written(name, "=~", pattern)} if pattern else {}


def _alternatives(name: str, values: set[str]) -> str:
    """One of these values, as a regular expression; "" where they are too many or too long for people, or for a matcher."""
    is_short = len(values) <= _MOST_VALUES and sum(map(len, values)) <= _LONGEST_VALUES
    if not (is_short or (name in _NAMES and len(values) <= MOST_ALTERNATIVES)):
        return ""
    pattern = "|".join(map(_escaped, sorted(values)))
    return pattern if pattern.count("|") < MOST_ALTERNATIVES and not regex.fault(pattern) else ""


def _escaped(value: str) -> str:
    """As a regular expression that fits this text alone; as few backslashes as can be, for people read it."""
    return _SPECIAL.sub(r"\\\g<0>", value)
