"""Few at once, few who wait, and a refusal for all others."""

from __future__ import annotations

import threading

import pytest

from routing.access.turns import NoTurn, Turns

pytestmark = pytest.mark.anywhere

FOR_EVER = 60.0


def test_as_many_as_may_are_at_it_at_once() -> None:
    turns = Turns(at_once=2, waiting=0, patience=FOR_EVER)
    with turns.taken(), turns.taken(), pytest.raises(NoTurn), turns.taken():
        pass


def test_who_waited_long_enough_has_no_turn() -> None:
    turns = Turns(at_once=1, waiting=1, patience=0)
    with turns.taken(), pytest.raises(NoTurn), turns.taken():
        pass


def test_who_waits_has_the_next_turn() -> None:
    turns, had = Turns(at_once=1, waiting=1, patience=FOR_EVER), threading.Event()

    def wait() -> None:
        with turns.taken():
            had.set()

    waiting = threading.Thread(target=wait)
    with turns.taken():
        waiting.start()
        before = had.is_set()
    waiting.join(FOR_EVER)
    assert (before, had.is_set()) == (False, True)


def test_a_turn_and_a_place_are_free_again_after_a_mistake() -> None:
    turns = Turns(at_once=1, waiting=0, patience=0)
    with pytest.raises(ZeroDivisionError), turns.taken():
        raise ZeroDivisionError
    with turns.taken():
        pass
