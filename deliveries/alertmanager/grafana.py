"""What Grafana's own alerting says of an alert beside labels and annotations: its values, and where to look or silence."""

from __future__ import annotations

from typing import Any

from deliveries.alertmanager import values

_ADDRESSES = ("dashboardURL", "panelURL", "silenceURL", "imageURL")
_MOST_VALUES = 20


def fields(raw: dict[str, Any], flags: set[str]) -> dict[str, str]:
    """Name -> text of the fields that say something: "values" as "A=93.2, B=1", or "valueString" where it stands alone."""
    numbers = raw.get("values")
    if type(numbers) is dict and numbers:
        found = {"values": _numbers(numbers)}
    else:
        found = {"valueString": values.text(raw.get("valueString"), flags)}
    found |= {name: values.text(raw.get(name), flags) for name in _ADDRESSES}
    return {name: text for name, text in found.items() if text.strip()}


def _numbers(given: dict[str, Any]) -> str:
    shown = [f"{name}={_number(value)}" for name, value in list(given.items())[:_MOST_VALUES]]
    return ", ".join([*shown, "…"] if len(given) > _MOST_VALUES else shown)


def _number(value: Any) -> str:
    """As people read it: 93.2394, not 93.23943737541908."""
    if type(value) is float:
        return f"{value:.6g}" if abs(value) < 1_000_000 else f"{value:.0f}"
    return values.text(value, set())[:40]
