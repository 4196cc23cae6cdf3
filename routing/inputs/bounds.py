"""How small and how large the numbers are that people enter, each said once and in one place. Pure.

Models, forms, the REST API with its description, and the readers of the environment ask here.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bounds:
    """Both ends are included."""

    least: int
    most: int

    def __contains__(self, number: int) -> bool:
        return self.least <= number <= self.most

    def nearest(self, number: int) -> int:
        """The number itself, or the end it is beyond."""
        return max(self.least, min(number, self.most))

    def __str__(self) -> str:
        return f"from {self.least:,} to {self.most:,}"


IDS = Bounds(1, 2**63 - 1)
"""What a row can have as its id, on each database."""
_ID_DIGITS = len(str(IDS.most))
POSITION = Bounds(0, 1_000_000)
RATE_CALLS = Bounds(0, 1_000)
"""Every call inside the period is remembered. Who may call more often says so with a shorter period."""
RATE_SECONDS = Bounds(1, 3_600)
CALL_SECONDS = Bounds(1, 30)
TEXT_LIMIT = Bounds(500, 100_000)
DIGEST_AFTER_SECONDS = Bounds(0, 3_600)
FALLBACK_AFTER_SECONDS = Bounds(0, 86_400)
DUPLICATE_WINDOW_SECONDS = Bounds(0, 86_400)
REPEAT_INTERVAL_SECONDS = Bounds(60, 2_592_000)
CLOSE_AFTER_SECONDS = Bounds(0, 31_536_000)
PAGE_ROWS = Bounds(1, 500)

# How many one row may have, and how long they are.
MOST_SEVERITIES, LONGEST_SEVERITY = 50, 50
MOST_TARGETS = 100
MOST_WINDOWS = 100
MOST_INTERVALS = 100


def is_id(text: str) -> bool:
    """Whether a row can have it as its id."""
    return text.isascii() and text.isdecimal() and len(text) <= _ID_DIGITS and int(text) <= IDS.most
