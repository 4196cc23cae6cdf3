"""The work of one rendering, counted: loops, calls and the length of texts. Counting and not a clock: it is the same
everywhere, and nothing has to be interrupted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

STEPS = 5_000
"""Turns of loops and calls, together."""
LONGEST = 20_000
"""Characters of any text on the way, and of the whole."""


class TooMuch(Exception):
    """str() says what is too much."""


class _Work:
    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = STEPS


_work: ContextVar[_Work | None] = ContextVar("work", default=None)


@contextmanager
def counting() -> Iterator[None]:
    before = _work.set(_Work())
    try:
        yield
    finally:
        _work.reset(before)


def step() -> None:
    """Raises TooMuch when all steps are used."""
    work = _work.get()
    if work is None:
        return
    work.left -= 1
    if work.left < 0:
        raise TooMuch(f"It loops or calls more than {STEPS:,} times.")


def each(values: Any) -> Iterator[Any]:
    """Goes through the values and counts them."""
    for value in values:
        step()
        yield value


def bounded(text: str) -> str:
    """Raises TooMuch for a text that grew too long."""
    if len(text) > LONGEST:
        raise TooMuch(f"A text grows beyond {LONGEST:,} characters.")
    return text


def joined(values: Iterable[Any], between: str = "") -> str:
    parts, length = [], 0
    for value in values:
        step()
        part = str(value)
        length += len(part) + len(between)
        if length > LONGEST:
            raise TooMuch(f"A text grows beyond {LONGEST:,} characters.")
        parts.append(part)
    return between.join(parts)
