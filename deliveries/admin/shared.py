"""What chosen alerts have in common, as labels and as the matchers of a silence for all of them. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from routing.rules.matchers.entering import MOST_ALTERNATIVES
from routing.rules.matchers.matcher import written

_MOST_VALUES = 6
_LONGEST_VALUES = 200
# Of all matchers: an address holds no more, escaped.
_LONGEST = 1_500
_NAMES = ("alertname", "rule")  # "rule" is Falco's name of an alert
_SPECIAL = re.compile(r"[\\.+*?()|\[\]{}^$]")

Labels = Mapping[str, str]


def labels(alerts: Sequence[Labels]) -> dict[str, str]:
    """Those that all of them have with one value, by name."""
    first, *others = alerts or [{}]
    return {name: first[name] for name in sorted(first) if all(other.get(name) == first[name] for other in others)}


def matchers(alerts: Sequence[Labels]) -> list[str]:
    """Equal labels as `=`, a label of few short values as `=~`, the alert's name first; the rest is left out.

    Each of the alerts fits all of them. The longest are left out where all are too long for an address.
    """
    same = labels(alerts)
    found = {name: written(name, "=", value) for name, value in same.items() if value}
    everywhere = set(alerts[0]).intersection(*alerts) if alerts else set()
    for name in sorted(everywhere - set(same)):
        values = sorted({one[name] for one in alerts})
        is_short = len(values) <= _MOST_VALUES and sum(map(len, values)) <= _LONGEST_VALUES
        if all(values) and (is_short or (name in _NAMES and len(values) <= MOST_ALTERNATIVES)):
            found[name] = written(name, "=~", "|".join(map(_escaped, values)))
    kept: list[str] = []
    left = _LONGEST
    # The name and whatever is short find room before what is long.
    for name in sorted(found, key=lambda name: (name not in _NAMES, len(found[name]))):
        if len(found[name]) <= left:
            kept.append(name)
            left -= len(found[name])
    return [found[name] for name in sorted(kept, key=lambda name: (name not in _NAMES, name))]


def _escaped(value: str) -> str:
    """As a regular expression that fits this text alone; as few backslashes as can be, for people read it."""
    return _SPECIAL.sub(r"\\\g<0>", value)
