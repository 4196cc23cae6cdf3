"""Rows 43 to 47 and 56 of the fault catalogue: real processes whose Redis is away, flushed, silent or full; a full disk."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import redis

from tests import servers
from tests.factories import alert, payload
from tests.journeys import stack as stacks
from tests.journeys.chaos import Redis
from tests.journeys.stack import CRITICAL, Stack, wait_until

pytestmark = [
    pytest.mark.journey,
    # It brings its own Redis, so once is enough.
    pytest.mark.anywhere,
    pytest.mark.skipif(servers.find("redis-server") is None, reason="redis-server is not installed"),
]
# The pump looks every second, with jitter, and then the message has to travel.
WITHIN_A_SWEEP = 4.0


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    with Redis(tmp_path_factory.mktemp("redis")) as broker:
        yield broker


@pytest.fixture(scope="module")
def stack(broker: Redis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with stacks.running(tmp_path_factory.mktemp("stack"), CELERY_BROKER_URL=broker.url) as stack:
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
