"""Every hint is lost, with a broker that went away or one that delivers nothing: the pump finds the work all the same."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests

from tests import lossy, servers
from tests.factories import alert, payload
from tests.journeys import stack as stacks
from tests.journeys.stack import CRITICAL, Stack, wait_until

pytestmark = pytest.mark.journey


GONE, LOSES = "the broker went away", "the broker delivers nothing"


@pytest.fixture(scope="module", params=[GONE, LOSES])
def _own(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack whose broker went away for good while it ran, with whatever was in it; or one that loses everything."""
    folder = tmp_path_factory.mktemp("no-broker")
    with ExitStack() as exits:
        url, take_away = _broker(exits, folder) if request.param == GONE else (lossy.URL, lambda: None)
        stack = exits.enter_context(stacks.running(folder, CELERY_BROKER_URL=url))
        take_away()
        yield stack


def _broker(exits: ExitStack, folder: Path) -> tuple[str, Callable[[], object]]:
    if os.environ.get("TEST_REDIS_URL"):
        redis = exits.enter_context(ExitStack())
        return redis.enter_context(servers.redis(folder)), redis.close
    return "filesystem://", lambda: _spoil(folder / "broker")


def _spoil(spool: Path) -> None:
    """A file in its place can be neither listed nor written into, not even by root."""
    shutil.rmtree(spool)
    spool.touch()


@pytest.fixture
def stack(_own: Stack) -> Stack:
    _own.tidy()
    return _own


def test_the_webhook_still_answers_at_once(stack: Stack, word: str) -> None:
    answers = [stack.receive(payload(alert(word), group=f"{word}{number}")) for number in range(5)]
    assert [answer.status for answer in answers] == [202] * 5
    assert max(answer.seconds for answer in answers) < 1


def test_messages_still_arrive(stack: Stack, word: str) -> None:
    stack.receive(payload(alert(word), group=word))
    stack.wait_for_room(CRITICAL, word, timeout=3)


def test_a_failed_message_is_still_tried_again(stack: Stack, word: str) -> None:
    stack.sandbox.default_hook("critical").fail("reset_before", times=1)
    (delivery,) = stack.wait_for_end(stack.receive(payload(alert(word), group=word)).notification)
    assert delivery.reasons == ["reset", ""]


def test_a_worker_started_without_a_broker_delivers(stack: Stack, word: str) -> None:
    for name in ("worker 1", "worker 2"):
        stack.kill(name)
        stack.start(name)
    stack.receive(payload(alert(word), group=word))
    stack.wait_for_room(CRITICAL, word)


def test_readyz_names_a_broker_that_cannot_be_reached(stack: Stack) -> None:
    """One that takes messages and loses them looks like any other: nothing but a second of delay tells."""
    expected = [] if stack.environment["CELERY_BROKER_URL"] == lossy.URL else ["broker"]
    wait_until(lambda: list(requests.get(f"{stack.url}/readyz", timeout=10).json()["wrong"]) == expected)
