"""Hints to the workers: never slow, never an error for the one who posts, never a pile."""

from __future__ import annotations

import queue
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from deliveries.models import Worker
from deliveries.wake import nudge, tasks
from deliveries.wake.nudge import EVERY_SECONDS, MOST_WAITING, Hints, Space
from deliveries.watch.broker import Unreachable


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> queue.Queue[int]:
    small: queue.Queue[int] = queue.Queue(maxsize=2)
    monkeypatch.setattr(nudge, "_waiting", small)
    monkeypatch.setattr(nudge, "_ensure_thread", lambda: None)
    return small


def test_each_target_is_hinted_at(waiting: queue.Queue[int]) -> None:
    nudge.targets([1, 2])
    assert [waiting.get_nowait(), waiting.get_nowait()] == [1, 2]


def test_hints_beyond_what_can_wait_are_dropped(waiting: queue.Queue[int]) -> None:
    nudge.targets([1, 2, 3])
    assert waiting.qsize() == 2


def test_the_first_hint_of_a_target_goes_at_once() -> None:
    assert Hints(pending={7}).take(100.0) == {7}


def test_a_storm_for_one_target_is_one_hint_in_a_while() -> None:
    hints = Hints(pending={7})
    hints.take(100.0)
    hints.add(7)
    assert hints.take(100.0 + EVERY_SECONDS / 2) == set()
    assert hints.rest(100.0 + EVERY_SECONDS / 2) == pytest.approx(EVERY_SECONDS / 2)
    assert hints.take(100.0 + EVERY_SECONDS) == {7}


def test_one_target_does_not_wait_for_another() -> None:
    hints = Hints(pending={7})
    hints.take(100.0)
    hints.add(8)
    assert hints.take(100.01) == {8}


def test_with_nothing_pending_there_is_nothing_to_wait_for() -> None:
    assert Hints().rest(100.0) is None


def unreachable() -> int:
    raise Unreachable("ConnectionRefusedError")


def test_hints_go_as_long_as_there_is_room_for_them() -> None:
    space = Space()
    assert space.take({7, 8, 9}, 100.0, lambda: MOST_WAITING - 2) == [7, 8]
    assert space.take({9}, 100.5, lambda: 0) == []
    assert space.take({9}, 101.0, lambda: 0) == [9]


def test_a_broker_full_of_unread_hints_gets_none_and_that_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    space = Space()
    assert [space.take({7}, 100.0 + second, lambda: MOST_WAITING + 5) for second in range(3)] == [[], [], []]
    assert caplog.text.count("hints lie unread") == 1


def test_a_broker_that_does_not_say_how_much_it_holds_is_still_told() -> None:
    assert Space().take({7}, 100.0, unreachable) == [7]


def test_the_broker_is_asked_for_room_at_most_each_second() -> None:
    asked: list[int] = []
    space = Space()

    def waiting() -> int:
        asked.append(1)
        return 0

    for tenth in range(15):
        space.take({7}, 100.0 + tenth / 10, waiting)
    assert len(asked) == 2


def test_a_broker_that_is_away_costs_a_log_line(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(*_: object, **__: object) -> None:
        raise ConnectionRefusedError("redis://:secret@host")

    monkeypatch.setattr(tasks.drain, "apply_async", away)
    nudge.publish([7])
    assert "find the work by themselves" in caplog.text
    assert "secret" not in caplog.text


@pytest.mark.django_db
@pytest.mark.parametrize(("age", "listens"), [(5, True), (61, False)])
def test_without_a_living_worker_nothing_is_published(
    age: int, *, listens: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nudge, "_looked", None)
    seen_at = timezone.now() - timedelta(seconds=age)
    Worker.objects.create(name="w1", started_at=seen_at, seen_at=seen_at)
    assert nudge.somebody_listens(100.0) is listens


@pytest.mark.django_db
def test_the_database_is_asked_now_and_then_only(
    monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    monkeypatch.setattr(nudge, "_looked", (100.0, True))
    with django_assert_num_queries(0):
        assert nudge.somebody_listens(109.0)
