"""Any JSON value as the text, label map, count or status it was meant to be; what was odd is added to flags."""

from __future__ import annotations

import json
from typing import Any

from routing.rules.severity import USUAL_LABELS

MAX_LABELS = 200
MAX_NAME = 1024  # characters
MAX_VALUE = 64 * 1024  # characters
MAX_COUNT = 2**31 - 1  # what a database integer holds
_NEEDED = ("alertname", "rule", *USUAL_LABELS)  # "rule" is Falco's name of an alert
_CUT = "… [cut by AlertHub]"


def text(value: Any, flags: set[str]) -> str:
    if value is None:
        return ""
    if type(value) is not str:
        flags.add("value_coerced")
        value = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if len(value) > MAX_VALUE:
        flags.add("value_truncated")
        value = value[: MAX_VALUE - len(_CUT)] + _CUT
    return str(value)


def label_map(value: Any, odd: str, flags: set[str]) -> dict[str, str]:
    """Names to texts, without empty values; odd is the flag to set when value is no object."""
    if type(value) is not dict:
        if value is not None:
            flags.add(odd)
        return {}
    if len(value) > MAX_LABELS:
        flags.add("labels_cut")
        value = _first(value)
    found = {}
    for name, inner in value.items():
        if type(inner) is not str or len(inner) > MAX_VALUE:
            if inner is None:
                flags.add("value_coerced")
            inner = text(inner, flags)
        if len(name) > MAX_NAME:
            flags.add("name_truncated")
            name = name[: MAX_NAME - len(_CUT)] + _CUT
        if inner:
            found[name] = inner
    return found


def _first(value: dict[str, Any]) -> dict[str, Any]:
    """At most MAX_LABELS entries; those that routing and reading cannot do without always stay."""
    needed = [name for name in _NEEDED if name in value]
    others = [name for name in value if name not in needed]
    return {name: value[name] for name in needed + others[: MAX_LABELS - len(needed)]}


def count(value: Any, flags: set[str]) -> int:
    if type(value) is int and 0 <= value <= MAX_COUNT:
        return value
    if value is None:
        return 0
    flags.add("truncated_alerts_odd")
    if type(value) is str and value.isascii() and value.isdigit() and len(value) < 11:
        value = int(value)
    if type(value) not in (int, float):
        return 0
    return max(0, min(int(value), MAX_COUNT))


def status(value: Any) -> str:
    """ "firing", "resolved", or "" for anything else."""
    folded = value.strip().lower() if type(value) is str else ""
    return folded if folded in ("firing", "resolved") else ""
