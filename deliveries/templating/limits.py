"""The work of one rendering, counted: loops, calls, the length of texts and lists. What is counted has the same fate
everywhere and says its line; what counting misses meets the limits of the process (`child`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

LONGEST_SOURCE = 10_000
"""Characters of a template."""
STEPS = 5_000
"""Turns of loops and calls, together."""
LONGEST = 20_000
"""Characters of any text on the way, and of the whole."""
MOST = 5_000
"""Values of a list on the way."""


class TooMuch(Exception):
    """str() says what is too much."""


class _Work:
    __slots__ = ("left", "was_shown")

    def __init__(self) -> None:
        self.left = STEPS
        self.was_shown = False


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


def note_shown() -> None:
    """What comes next in the text is a value, and no word of the author's."""
    if (work := _work.get()) is not None:
        work.was_shown = True


def was_shown() -> bool:
    """Whether that was noted since this was asked last."""
    work = _work.get()
    if work is None or not work.was_shown:
        return False
    work.was_shown = False
    return True


def each(values: Any) -> Iterator[Any]:
    """Goes through the values and counts them."""
    for value in values:
        step()
        yield value


def bounded(value: Any) -> Any:
    """The value. Raises TooMuch for a text or a list that grew too long."""
    if isinstance(value, str) and len(value) > LONGEST:
        raise TooMuch(f"A text grows beyond {LONGEST:,} characters.")
    if isinstance(value, list | tuple) and len(value) > MOST:
        raise TooMuch(f"A list grows beyond {MOST:,} values.")
    return value


def text(value: Any) -> str:
    """str(value), whose work is counted: a list that holds another one twice, and so on, is far more than it looks."""
    if isinstance(value, str):
        return value
    inside = [value]
    while inside:
        one = inside.pop()
        if isinstance(one, list | tuple | dict):
            step()
            inside += one.values() if isinstance(one, dict) else one
            if len(inside) > LONGEST:
                raise TooMuch(f"A text grows beyond {LONGEST:,} characters.")
    found: str = bounded(str(value))
    return found


def joined(values: Iterable[Any], between: str = "") -> str:
    parts, length = [], 0
    for value in values:
        step()
        part = text(value)
        length += len(part) + len(between)
        if length > LONGEST:
            raise TooMuch(f"A text grows beyond {LONGEST:,} characters.")
        parts.append(part)
    return between.join(parts)
