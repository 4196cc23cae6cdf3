"""Routes that say only what a test is about, and what it is asked at."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from routing.rules.decision import Route
from routing.rules.matchers import parse

WEDNESDAY_NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
DB = {"team": "db", "env": "prod"}


def route(number: int, text: str = "", *severities: str, to: tuple[int, ...] = (), **changes: Any) -> Route:
    """Rule `number` tells the target of the same number, unless others are named."""
    plain = Route(
        number, f"rule {number}", frozenset(severities), parse(text), to or (number,),
        continues=False, sends_resolved=True, is_fallback=False,
    )  # fmt: skip
    return replace(plain, **changes)


FALLBACK = route(99, is_fallback=True)
