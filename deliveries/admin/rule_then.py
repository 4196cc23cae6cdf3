"""Rules as they were when a notification came: out of the ruleset kept with it, whatever became of them since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse

from deliveries.models import Delivery
from routing.models import Rule


def of(delivery: Delivery) -> list[dict[str, Any]]:
    """The delivery's rule; empty if that is not known."""
    ruleset = delivery.notification.ruleset if delivery.notification else None
    return [rule for rule in shown(ruleset.content) if rule.get("name") == delivery.rule_name] if ruleset else []


def shown(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """All of a ruleset, each with the times it spoke in as words."""
    return [rule | {"speaks": _speaks(rule)} for rule in content.get("rules", [])]


def history_url(delivery: Delivery) -> str:
    """Where every change of the rule is listed, also of one that was deleted; "" if none is known."""
    number = delivery.rule_id or next((rule.get("id") for rule in of(delivery)), None)
    is_known = number is not None and Rule.history.filter(id=number).exists()
    return reverse("admin:routing_rule_history", args=[number]) if is_known else ""


def _speaks(rule: Mapping[str, Any]) -> str:
    inside, silent = (_names(rule.get(key, ())) for key in ("active windows", "muted windows"))
    said = [f"only inside {inside}" if inside else "", f"silent inside {silent}" if silent else ""]
    return "; ".join(each for each in said if each)


def _names(windows: Sequence[str]) -> str:
    return ", ".join(windows)
