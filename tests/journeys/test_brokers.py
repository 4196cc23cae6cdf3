"""Every process on every documented broker, with nothing installed but what ships: hints arrive, and not only the pump's work."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from celery import Celery
from kombu.connection import Connection
from kombu.exceptions import OperationalError

from alerthub.broker import connecting
from alerthub.sandbox import Sandbox
from deliveries.watch import broker
from tests import brokers, servers
from tests.factories import alert, payload
from tests.journeys import places
from tests.journeys.stack import CRITICAL, Stack, wait_until

pytestmark = pytest.mark.journey

RABBIT, RABBIT_WITH_TLS = "amqp", "amqps"
# Which database is below makes no difference to a broker, so each is met on one, and both databases are met.
BROKERS = [
    pytest.param(brokers.files, marks=pytest.mark.anywhere, id="files"),
    pytest.param(brokers.sentinel, marks=pytest.mark.anywhere, id="sentinel"),
    pytest.param(RABBIT, marks=pytest.mark.anywhere, id="rabbitmq"),
    pytest.param(brokers.redis, marks=pytest.mark.postgresql, id="redis"),
    pytest.param(brokers.redis_with_tls, marks=pytest.mark.postgresql, id="redis with TLS"),
]
WITH_TLS = [
    pytest.param(brokers.redis_with_tls, id="redis"),
    pytest.param(brokers.sentinel_with_tls, id="sentinel"),
    pytest.param(RABBIT_WITH_TLS, id="rabbitmq"),
]
needs_servers = pytest.mark.skipif(
    None in map(servers.find, ("redis-server", "redis-sentinel", "rabbitmq-server", "epmd")),
    reason="Redis, Sentinel or RabbitMQ is not installed",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("brokers")


@pytest.fixture(scope="module")
def database_url(folder: Path) -> Iterator[str]:
    """One for all brokers, as migrating takes longest."""
    with places.database(folder) as url:
        yield url


@pytest.fixture(scope="module")
def rooms() -> Iterator[Sandbox]:
    """Their addresses are those of the first preparation."""
    with Sandbox(rate_limit=None) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def rabbit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[brokers.Rabbit]:
    """It takes its time to start."""
    with brokers.rabbitmq(tmp_path_factory.mktemp("rabbit")) as made:
        yield made


@pytest.fixture
def broker_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if isinstance(request.param, str):
        made: brokers.Rabbit = request.getfixturevalue("rabbit")
        yield made.url if request.param == RABBIT else made.with_tls
        return
    with request.param(tmp_path) as url:
        yield url


@pytest.fixture
def stack(broker_url: str, folder: Path, database_url: str, rooms: Sandbox) -> Iterator[Stack]:
    made = Stack(folder, rooms, database_url, broker_url, WEB_CONCURRENCY="1")
    made.prepare()
    try:
        made.start("beat", through="tests.journeys.hasty")
        made.start_all(names=("web", "worker 1"))
        yield made
    finally:
        made.stop()


@needs_servers
@pytest.mark.parametrize("broker_url", BROKERS, indirect=True)
def test_a_post_and_what_the_calendar_asks_for_become_hints_that_a_worker_reads(stack: Stack, word: str) -> None:
    stack.trail.change("INSERT INTO django_session VALUES ('over', '', '2020-01-01 00:00:00+00:00')")
    answer = stack.receive(payload(alert(word), group=word))
    stack.wait_for_room(CRITICAL, word)
    worker = f"SELECT hint_read_at FROM deliveries_worker WHERE name LIKE '%:{stack.pid('worker 1')}'"
    wait_until(lambda: stack.trail.rows(worker)[0][0], 20, "a hint that the worker reads")
    over = "SELECT 1 FROM django_session WHERE session_key = 'over'"
    wait_until(lambda: not stack.trail.rows(over), 20, "the tidying that beat asks for")
    assert [each.state for each in stack.wait_for_end(answer.notification)] == ["delivered"]


def said(url: str, folder: Path) -> str:
    """What comes back of a message, by a connection as AlertHub makes it."""
    given = connecting.settings(url, folder)
    options = broker.quick(given["broker_transport_options"])
    with Connection(given["broker_write_url"], ssl=given["broker_use_ssl"], transport_options=options) as connection:
        connection.ensure_connection(max_retries=1, interval_start=0, timeout=5)
        queue = connection.SimpleQueue("story", no_ack=True)
        queue.put("hello")
        return str(queue.get(timeout=10).payload)


@needs_servers
@pytest.mark.anywhere
@pytest.mark.parametrize("broker_url", WITH_TLS, indirect=True)
def test_with_tls_only_the_ca_that_is_named_is_believed(broker_url: str, tmp_path: Path) -> None:
    assert said(broker_url, tmp_path) == "hello"
    unnamed, _, _ = broker_url.rpartition("ssl_ca_certs=")
    with pytest.raises(OperationalError):
        said(f"{unnamed}ssl_cert_reqs=required", tmp_path)


@needs_servers
@pytest.mark.anywhere
def test_after_a_failover_hints_lie_in_the_new_master(tmp_path: Path) -> None:
    with brokers.sentinel_of_two(tmp_path) as (url, fail_over):
        app = Celery("failover", set_as_current=False)
        app.conf.update(connecting.settings(url, tmp_path))
        asks = broker.Broker(app)
        app.send_task("deliveries.drain", (7,))
        found = [asks.waiting()]
        fail_over()
        app.send_task("deliveries.drain", (7,))
        asks.close()
        found.append(asks.waiting())
        app.close()
    assert found == [1, 2]
