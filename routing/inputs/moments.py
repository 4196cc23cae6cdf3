"""Which moments people may enter: near enough to now that every time zone can tell them. Pure."""

from __future__ import annotations

from datetime import UTC, datetime

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)


def fault(moment: datetime) -> str:
    """What is wrong with it as a sentence; empty if nothing is."""
    if moment.tzinfo is None:
        return ""  # its zone is not known yet
    return "" if EARLIEST <= moment < LATEST else f"Give a moment between {EARLIEST.year} and {LATEST.year}."
