"""What deciding costs: the newest alerts are decided once more, for people who write rules. Nothing is stored or sent."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from deliveries.models import Alert
from routing.rulebook import Book
from routing.rules import decision, silencing

_ALERTS = 20
_AT_MOST_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Cost:
    """`seconds` for one alert; None if none ever came. The others are how much an alert may be compared with."""

    seconds: float | None
    rules: int
    matchers: int
    silences: int

    def __str__(self) -> str:
        rules = "1 rule" if self.rules == 1 else f"{self.rules:,} rules"
        quiet = (
            "" if not self.silences else " and 1 silence" if self.silences == 1 else f" and {self.silences:,} silences"
        )
        matchers = "1 matcher" if self.matchers == 1 else f"{self.matchers:,} matchers"
        took = "" if self.seconds is None else f": {_milliseconds(self.seconds)} ms each for the newest"
        return f"An alert is compared with at most {matchers} of {rules}{quiet}{took}."


def cost(book: Book, now: datetime, clock: Callable[[], float] = time.perf_counter) -> Cost:
    """Takes some milliseconds, and at most a fifth of a second."""
    newest = list(Alert.objects.order_by("-id").values_list("labels", "severity")[:_ALERTS])
    began, decided = clock(), 0
    for labels, severity in newest:
        if silencing.covering(labels, book.quiets, now) is None:
            decision.decide(labels, severity, book.routes, now)
        decided += 1
        if clock() - began > _AT_MOST_SECONDS:
            break
    seconds = (clock() - began) / decided if decided else None
    matchers = sum(len(one.matchers) for one in book.routes) + sum(len(one.matchers) for one in book.quiets)
    return Cost(seconds, len(book.routes), matchers, len(book.quiets))


def _milliseconds(seconds: float) -> str:
    milliseconds = seconds * 1000
    return (
        "less than 0.1"
        if milliseconds < 0.1
        else f"{milliseconds:.1f}"
        if milliseconds < 10
        else f"{milliseconds:,.0f}"
    )
