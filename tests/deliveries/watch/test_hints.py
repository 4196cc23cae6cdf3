"""A worker that reads no hints is found, told as a trouble, and over when it reads again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from deliveries.models import Trouble, Worker
from deliveries.wake import pump
from deliveries.watch import hints, watch
from deliveries.watch.broker import Unreachable
from deliveries.watch.hints import Deaf, Look, Reader, Why, judged
from tests.conftest import NOW
from tests.factories import make_target

BEFORE = NOW - timedelta(seconds=30)


def away() -> int:
    raise Unreachable("ConnectionRefusedError")


@pytest.mark.parametrize(
    ("look", "deaf"),
    [
        pytest.param(Look(NOW, 0), None, id="nothing lies there"),
        pytest.param(Look(NOW, 3), Deaf(NOW, Why.UNREAD), id="some lie there and none was read"),
        pytest.param(Look(NOW, 3, read=True), None, id="they come faster than they are read"),
        pytest.param(Look(NOW, 3, busy=True), None, id="every thread has one already"),
        pytest.param(Look(NOW, None), Deaf(NOW, Why.AWAY), id="the broker is away"),
        pytest.param(Look(NOW, None, read=True, busy=True), Deaf(NOW, Why.AWAY), id="away since it was read"),
    ],
)
def test_a_worker_is_deaf_when_hints_lie_unread(look: Look, deaf: Deaf | None) -> None:
    assert judged(look, None) == deaf


@pytest.mark.parametrize(
    ("before", "since"),
    [
        pytest.param(Deaf(BEFORE, Why.UNREAD), BEFORE, id="still"),
        pytest.param(Deaf(BEFORE, Why.AWAY), NOW, id="for another reason"),
        pytest.param(Deaf(NOW + timedelta(days=1), Why.UNREAD), NOW, id="by a clock that was set back"),
    ],
)
def test_it_is_deaf_since_it_was_found_so(before: Deaf, since: datetime) -> None:
    assert judged(Look(NOW, 3), before) == Deaf(since, Why.UNREAD)


def test_what_was_read_counts_until_the_next_look() -> None:
    reader = Reader()
    with reader.reading(NOW):
        pass
    reader.look(lambda: 1, 8, NOW)
    first = reader.deaf
    reader.look(lambda: 1, 8, NOW)
    assert (first, reader.deaf, reader.read_at) == (None, Deaf(NOW, Why.UNREAD), NOW)


def test_a_worker_is_busy_while_all_its_threads_read() -> None:
    reader = Reader()
    with reader.reading(NOW), reader.reading(NOW):
        for _ in range(2):
            reader.look(lambda: 1, 2, NOW)
        busy = reader.deaf
    reader.look(lambda: 1, 2, NOW)
    assert (busy, reader.deaf) == (None, Deaf(NOW, Why.UNREAD))


def test_reading_that_fails_frees_its_thread() -> None:
    reader = Reader()
    with pytest.raises(ValueError), reader.reading(NOW):
        raise ValueError
    for _ in range(2):
        reader.look(lambda: 1, 1, NOW)
    assert reader.deaf == Deaf(NOW, Why.UNREAD)


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch, db: None) -> Callable[..., list[str]]:
    """After so many seconds a worker looks at the broker and says what it saw, and the self-watch looks; what it told."""
    reader = Reader()
    monkeypatch.setattr(hints, "reader", reader)
    make_target("admins", hears_troubles=True)

    def look(seconds: float, waiting: Callable[[], int], worker: str = "h:1") -> list[str]:
        moment = NOW + timedelta(seconds=seconds)
        reader.look(waiting, 8, moment)
        pump.beat(worker, moment)
        watch.look(moment)
        return [f"{row.subject}: {'over' if row.ended_at else 'open'}" for row in Trouble.objects.order_by("id")]

    return look


def test_hints_that_are_not_read_for_a_minute_are_a_trouble_until_they_are(at: Callable[..., list[str]]) -> None:
    assert at(0, lambda: 5) == at(60, lambda: 9) == []
    assert at(65, lambda: 12) == ["h:1: open"]
    trouble = Trouble.objects.get()
    assert (trouble.kind, trouble.since) == ("hints", NOW)
    assert at(100, lambda: 0) == ["h:1: over"]


def test_a_broker_that_is_away_for_a_minute_is_one_trouble_for_all_workers(at: Callable[..., list[str]]) -> None:
    for seconds in (0, 30, 65):
        at(seconds, away, "h:1")
        found = at(seconds, away, "h:2")
    assert found == at(70, lambda: 0, "h:1") == ["broker: open"]
    assert at(105, lambda: 0, "h:2") == ["broker: over"]


def test_a_worker_that_is_missing_is_not_deaf_as_well(at: Callable[..., list[str]]) -> None:
    at(0, lambda: 5)
    at(200, lambda: 0, "elsewhere:2")
    assert [row.kind for row in Trouble.objects.all()] == ["worker"]


@pytest.mark.django_db
def test_a_worker_says_when_it_read_a_hint(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = Reader()
    monkeypatch.setattr(hints, "reader", reader)
    pump.beat("h:1", NOW)
    with reader.reading(NOW):
        pump.beat("h:1", NOW + timedelta(seconds=5))
    worker = Worker.objects.get()
    assert (worker.started_at, worker.hint_read_at, worker.deaf_since, worker.deaf_why) == (NOW, NOW, None, "")
