"""Hints to the workers: never slow, never an error for the one who posts."""

from __future__ import annotations

import queue

import pytest

from deliveries import nudge

pytestmark = pytest.mark.anywhere


@pytest.fixture(autouse=True)
def _no_publisher(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nudge, "_ensure_thread", lambda: None)


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> queue.Queue[int]:
    small: queue.Queue[int] = queue.Queue(maxsize=2)
    monkeypatch.setattr(nudge, "_waiting", small)
    return small


def test_each_target_is_hinted_at(waiting: queue.Queue[int]) -> None:
    nudge.targets([1, 2])
    assert [waiting.get_nowait(), waiting.get_nowait()] == [1, 2]


def test_hints_beyond_what_can_wait_are_dropped(waiting: queue.Queue[int]) -> None:
    nudge.targets([1, 2, 3])
    assert waiting.qsize() == 2


def test_a_burst_of_hints_for_one_target_is_one_message(
    waiting: queue.Queue[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[int]] = []
    monkeypatch.setattr(nudge.drain, "apply_async", lambda args, **_: sent.append(args))
    nudge.targets([7, 7])
    nudge.publish_waiting()
    assert sent == [(7,)]


def test_a_broker_that_is_away_costs_a_log_line(
    waiting: queue.Queue[int], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(*_: object, **__: object) -> None:
        raise ConnectionRefusedError("redis://:secret@host")

    monkeypatch.setattr(nudge.drain, "apply_async", away)
    nudge.targets([7])
    nudge.publish_waiting()
    assert "find the work by themselves" in caplog.text
    assert "secret" not in caplog.text
