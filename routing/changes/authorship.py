"""Why something is changed, and by what if no person is logged in: said around the change, kept with every row of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from routing.inputs import visible

LONGEST = 500


@dataclass(frozen=True)
class Authorship:
    reason: str = ""
    by: str = ""
    """Empty: the user of the request."""


_nobody = Authorship()
_now: ContextVar[Authorship] = ContextVar("authorship", default=_nobody)


@contextmanager
def because(reason: str, by: str = "") -> Iterator[None]:
    """Everything changed inside is kept with this reason."""
    told = _now.set(Authorship(" ".join(visible.cleaned(reason).split())[:LONGEST].strip(), by))
    try:
        yield
    finally:
        _now.reset(told)


def present() -> Authorship:
    return _now.get()
