"""The first sentence of the card of health: does AlertHub work? Decided from a few values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from deliveries.admin import standing


@dataclass(frozen=True, slots=True)
class Arrived:
    """Whether notifications came in the last day, when the last one did if not, and how many requests were refused."""

    lately: bool
    last: datetime | None
    refused: int

    @property
    def nothing_ever(self) -> bool:
        return not self.lately and self.last is None


def reach(
    ill: int, has_troubles: bool, is_late: bool, undelivered: int, arrived: Arrived, now: datetime
) -> tuple[str, str]:
    """The tone and the sentence. `ill`: how many targets take no messages; `has_troubles`: something else is wrong."""
    if ill or has_troubles:
        return "red", _broken(ill, has_troubles)
    if is_late:
        return "orange", "Everything answers, but some messages wait longer than a minute."
    if arrived.nothing_ever:
        came = (
            "What came was refused, so nothing has been accepted yet" if arrived.refused else "Nothing has arrived yet"
        )
        return "blue", f"{came}: nothing can be told before an Alertmanager posts here."
    if undelivered:
        return "orange", "Everything works now; some messages are undelivered and ask for a person."
    if not arrived.lately:
        return "green", f"Everything works. Nothing has arrived since {standing.clock(arrived.last or now, now)}."
    return "green", "Everything works."


def _broken(ill: int, has_troubles: bool) -> str:
    if not ill:
        return "Something is wrong with AlertHub itself. What was accepted is kept."
    rooms = "1 target takes no messages" if ill == 1 else f"{ill} targets take no messages"
    also = ", and something is wrong with AlertHub itself" if has_troubles else ""
    return f"{rooms}{also}. What {'it is' if ill == 1 else 'they are'} owed is kept."
