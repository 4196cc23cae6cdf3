"""Passwords are hashed one at a time in a process, and who finds no turn is told so."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from django.contrib.auth.hashers import check_password
from django.contrib.auth.models import User
from django.test import Client

from alerthub.people import hashing
from routing.access.turns import NoTurn, Turns

HASHER = "alerthub.people.hashing.HashedInTurn"


@pytest.fixture
def crowded(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Somebody has the turn, and nobody may wait."""
    settings.PASSWORD_HASHERS = [HASHER]
    turns = Turns(at_once=1, waiting=0, patience=0)
    monkeypatch.setattr(hashing, "_turns", turns)
    with turns.taken():
        yield


def test_one_has_the_turn_and_the_next_waits() -> None:
    turns, said = Turns(at_once=1, waiting=1, patience=30), []

    def second() -> None:
        with turns.taken():
            said.append("second")

    with turns.taken():
        waiting = threading.Thread(target=second)
        waiting.start()
        said.append("first")
    waiting.join()
    assert said == ["first", "second"]


def test_who_finds_no_place_is_refused_at_once() -> None:
    turns = Turns(at_once=2, waiting=0, patience=30)
    with turns.taken(), turns.taken(), pytest.raises(NoTurn), turns.taken():
        pass


def test_who_waited_too_long_is_refused() -> None:
    turns = Turns(at_once=1, waiting=1, patience=0)
    with turns.taken(), pytest.raises(NoTurn), turns.taken():
        pass


def test_a_turn_is_given_back_whatever_happens() -> None:
    turns = Turns(at_once=1, waiting=0, patience=0)
    for _ in range(3):
        with ExitStack() as stack:
            stack.enter_context(pytest.raises(ZeroDivisionError))
            stack.enter_context(turns.taken())
            raise ZeroDivisionError
    with turns.taken():
        pass


def test_what_was_hashed_before_is_still_known(settings: Any) -> None:
    """It is Django's own hash under Django's own name."""
    settings.PASSWORD_HASHERS = [HASHER]
    assert check_password("x", "pbkdf2_sha256$1$salt$mf2Nwi7lNl0wGAk8dwMtXJCbBfOomtPiYJ5w6XcT2us=")


@pytest.mark.django_db
def test_a_login_without_a_turn_is_told_to_come_again(crowded: None) -> None:
    answer = Client().post("/admin/login/", {"username": "ann", "password": "x"})
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "Wait a few seconds and try again." in answer.content.decode()


@pytest.mark.django_db
def test_a_new_password_without_a_turn_is_told_to_come_again(client: Client, settings: Any) -> None:
    client.force_login(User.objects.create_superuser("ann"))
    with pytest.MonkeyPatch.context() as patch:
        settings.PASSWORD_HASHERS = [HASHER]
        turns = Turns(at_once=1, waiting=0, patience=0)
        patch.setattr(hashing, "_turns", turns)
        with turns.taken():
            answer = client.post("/admin/password_change/", {"old_password": "x", "new_password1": "y"})
    assert answer.status_code == 503


@pytest.mark.django_db
def test_a_refusal_for_want_of_a_turn_is_no_failed_login(crowded: None) -> None:
    statuses = [Client().post("/admin/login/", {"username": "ann", "password": "x"}).status_code for _ in range(6)]
    assert statuses == [503] * 6
