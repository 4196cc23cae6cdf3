"""Two who accept at once may be told by the database to begin anew: it is done so a few times, and no more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.db import OperationalError

from deliveries.accept import ingest
from deliveries.models import Notification
from routing.models import Source
from tests.factories import accept, alert, payload

pytestmark = pytest.mark.django_db


class Conflict(Exception):
    """As PostgreSQL says it."""

    def __init__(self, sqlstate: str) -> None:
        self.sqlstate = sqlstate


def conflicts(monkeypatch: pytest.MonkeyPatch, *states: str) -> Iterator[str]:
    """The first tries end so; what is left of them can be asked."""
    left, store = iter(states), ingest._store

    def storing(*given: Any) -> Any:
        for state in left:
            raise OperationalError("begin anew") from Conflict(state)
        return store(*given)

    monkeypatch.setattr(ingest, "_store", storing)
    return left


@pytest.mark.parametrize("states", [["40P01"], ["40001", "55P03"], ["0A000", "40P01"]])
def test_a_conflict_or_two_are_begun_anew(
    source: Source, now: datetime, monkeypatch: pytest.MonkeyPatch, states: list[str]
) -> None:
    conflicts(monkeypatch, *states)
    assert accept(source, payload(alert()), now).notification.pk == Notification.objects.get().pk


def test_three_conflicts_in_a_row_are_the_senders_to_repeat(
    source: Source, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = conflicts(monkeypatch, *["40P01"] * 4)
    with pytest.raises(OperationalError):
        accept(source, payload(alert()), now)
    assert len(list(left)) == 1


def test_what_is_no_conflict_is_not_tried_again(source: Source, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    left = conflicts(monkeypatch, "53100", "53100")
    with pytest.raises(OperationalError):
        accept(source, payload(alert()), now)
    assert len(list(left)) == 1
