"""Templates rendered in processes of their own, with limits of the kernel: whatever a template does, it is an error for
its author and nothing for this process. Loads no Django.

`renderer` is one such process, `renderers` are those of this process, `remembered` is what is not tried again at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from deliveries.rendering.renderers import Renderers
from deliveries.templating import go
from routing.access.turns import NoTurn, Turns

__all__ = ["Busy", "faults", "for_a_person", "render"]

_renderers = Renderers()
# Whoever writes templates may write bombs: one is tried at once in this process, and two threads wait at most.
_people = Turns(at_once=1, waiting=2, patience=2.0)


class Busy(Exception):
    """str() is a sentence for who waits."""


def render(headline: str, card: str, context: Mapping[str, Any]) -> tuple[str, str]:
    """Both texts; an empty template gives an empty text. Within 4.5 seconds, mostly within milliseconds.

    Raises TemplateFault: the template's own, or that it needed too much, here or a few minutes ago.
    """
    return _renderers.render(headline, card, context)


def faults(headline: str, card: str) -> dict[str, str]:
    """Field -> what is wrong with it, with the line; empty if nothing is, and it can say every sample.

    A template in the language of another program is answered with what to write here, in several lines.

    Asked again within minutes, it knows; so ask before a transaction begins in which others wait. Raises Busy.
    """
    given = {"headline": headline, "card": card}
    found: dict[str, str] = {}
    for field, source in given.items():
        if not source.strip():
            continue
        known = _renderers.known_fault(source)
        if known is None:
            with for_a_person():
                known = _renderers.fault(source)
        # Some of it renders here, as nothing at all.
        if known or go.is_sure(source):
            found[field] = go.advice(source) or known
    return found


def forget() -> None:
    """Drop what is kept in memory: for tests."""
    _renderers.forget()


@contextmanager
def for_a_person() -> Iterator[None]:
    """Around whatever renders a template nobody saved. Raises Busy."""
    try:
        with _people.taken():
            yield
    except NoTurn:
        raise Busy("Other templates are being tried. Wait a few seconds and try again.") from None
