"""Rows 43 to 47 and 56 of the fault catalogue: real processes whose Redis is away, flushed, silent or full; a full disk."""

from __future__ import annotations

import logging
import os
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
import redis
from celery import Celery

from alerthub.broker.connecting import settings
from tests import servers
from tests.factories import alert, payload
from tests.faults import busy
from tests.journeys import stack as stacks
from tests.journeys.chaos import Redis
from tests.journeys.stack import CRITICAL, ONE_OF_EACH, Stack, wait_until

pytestmark = [
    pytest.mark.journey,
    # It brings its own Redis, so once is enough.
    pytest.mark.anywhere,
    pytest.mark.skipif(servers.find("redis-server") is None, reason="redis-server is not installed"),
]
# The pump looks every second, with jitter, and then the message has to travel.
WITHIN_A_SWEEP = 4.0
QUEUE = "alerthub:alerthub"


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    with Redis(tmp_path_factory.mktemp("redis")) as broker:
        yield broker


@pytest.fixture(scope="module")
def stack(broker: Redis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """With one worker: its eight threads are soon busy."""
    with stacks.running(tmp_path_factory.mktemp("stack"), only=ONE_OF_EACH, CELERY_BROKER_URL=broker.url) as stack:
        yield stack


def tell(stack: Stack, name: str) -> float:
    """Seconds the answer took; the alert must be in its room within a sweep."""
    answer = stack.receive(payload(alert(name), group=name))
    assert answer.status == 202
    stack.wait_for_room(CRITICAL, name, timeout=WITHIN_A_SWEEP + 2)
    return answer.seconds


def test_row_43_redis_down_costs_ingest_nothing_and_the_sweep_delivers(stack: Stack, broker: Redis) -> None:
    broker.stop()
    try:
        assert tell(stack, "RedisDown") < 1.0
    finally:
        broker.start()


def test_row_44_redis_restarted_empty_or_flushed_loses_nothing(stack: Stack, broker: Redis) -> None:
    broker.restart()
    tell(stack, "RedisRestarted")
    broker.flush()
    tell(stack, "RedisFlushed")


@contextmanager
def speaking_to(broker: Redis, folder: Path) -> Iterator[Celery]:
    app = Celery("stories", set_as_current=False)
    app.conf.update(settings(broker.url, folder))
    yield app
    app.close()


@pytest.fixture
def hint(broker: Redis, tmp_path: Path) -> Iterator[Callable[[int], object]]:
    """Hints at a target, as the web publishes them."""
    with speaking_to(broker, tmp_path) as app:
        yield lambda target_id: app.send_task("deliveries.drain", (target_id,), retry=False)


def test_row_44_a_hint_that_is_done_while_redis_is_away_takes_no_place_of_its_reader(tmp_path: Path) -> None:
    """Nobody tells again what could not be told then: each such place would be lost for good."""
    with Redis(tmp_path) as own, speaking_to(own, tmp_path) as app, app.connection_for_read() as connection:
        got: list[Any] = []
        consumer = app.amqp.TaskConsumer(connection.default_channel, on_message=got.append)
        consumer.qos(prefetch_count=1)
        consumer.consume()
        app.send_task("deliveries.drain", (1,))
        connection.drain_events(timeout=10)
        full = not consumer.channel.qos.can_consume()
        own.stop()
        got[0].ack_log_error(logging.getLogger("stories"), connection.connection_errors)
        assert (full, consumer.channel.qos.can_consume()) == (True, True)


def test_row_44_redis_restarted_while_every_thread_is_busy_is_read_again(
    stack: Stack, broker: Redis, hint: Callable[[int], object], tmp_path: Path
) -> None:
    """What the threads are busy with cannot be acknowledged while Redis is away: nothing may hang on that."""
    opened, read = tmp_path / "open", tmp_path / "read"
    read.touch()
    stack.stop_one("worker 1")
    stack.start("worker 1", through=busy.__name__, **{busy.OPEN: str(opened), busy.READ: str(read)})
    with redis.Redis.from_url(broker.url) as client:
        for _ in range(40):
            hint(1)
        wait_until(lambda: 0 < client.llen(QUEUE) < 40, 60, "that every thread is busy")
        broker.stop()
        opened.touch()
        for number in range(3):
            # Each by the pump, for which a second passes.
            tell(stack, f"RedisAwayWhileBusy{number}")
        broker.start()

    def is_read() -> bool:
        hint(2)
        return "2" in read.read_text().split()

    wait_until(is_read, 60, "that a hint is read again")
    with redis.Redis.from_url(broker.url) as client:
        wait_until(lambda: client.llen(QUEUE) == 0, 30, "the end of unread hints")
    stack.stop_one("worker 1")
    stack.start("worker 1")
    stack.receive(payload(alert("WorkerAsEver"), group="WorkerAsEver"))
    stack.wait_for_room(CRITICAL, "WorkerAsEver", timeout=60)


def test_row_45_redis_that_accepts_and_never_answers_keeps_nobody_waiting(stack: Stack, broker: Redis) -> None:
    with redis.Redis.from_url(broker.url) as client:
        client.execute_command("CLIENT", "PAUSE", "5000", "ALL")
    assert tell(stack, "RedisSilent") < 1.0


def test_row_46_redis_that_is_full_loses_nothing(stack: Stack, broker: Redis) -> None:
    with redis.Redis.from_url(broker.url, socket_timeout=15) as client:
        client.config_set("maxmemory-policy", "noeviction")
        client.config_set("maxmemory", "1")
        try:
            assert tell(stack, "RedisFull") < 1.0
        finally:
            client.config_set("maxmemory", "0")


def test_row_47_hints_that_nobody_consumes_leave_the_work_to_the_sweep(stack: Stack, broker: Redis) -> None:
    """The queue's messages vanish as fast as they come: to the workers it looks as if nobody were hinting."""
    for number in range(3):
        broker.flush()
        tell(stack, f"NobodyConsumes{number}")


@pytest.mark.skipif(os.environ.get("TEST_DATABASE_URL", "") != "", reason="fills the disk under SQLite's file")
def test_row_56_a_full_disk_is_a_503_and_needs_no_repair(stack: Stack) -> None:
    """A limit on the size of files is to SQLite what a full disk is: the write fails."""
    web = psutil.Process(stack.pid("web"))
    processes = [web, *web.children(recursive=True)]
    size = Path(stack.folder / "alerthub.sqlite3").stat().st_size
    for process in processes:
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (size // 2, resource.RLIM_INFINITY))
    try:
        assert stack.receive(payload(alert("DiskFull1", text="x" * 200_000), group="full")).status == 503
    finally:
        for process in processes:
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    wait_until(lambda: stack.receive(payload(alert("DiskFull2"), group="free")).status == 202, 10)
    stack.wait_for_room(CRITICAL, "DiskFull2", timeout=WITHIN_A_SWEEP + 2)
