"""How many hints lie in a real broker is what was told it; one that is away says so without its secrets."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from celery import Celery

from alerthub.broker import connecting
from deliveries.watch.broker import Broker, Unreachable
from tests import servers
from tests.deliveries.peers import Talk, peer
from tests.journeys import places

pytestmark = pytest.mark.broker


def app_of(url: str, folder: Path) -> Celery:
    """With a queue of its own, which no other test reads."""
    app = Celery("broker", set_as_current=False)
    app.conf.update(connecting.settings(url, folder), task_default_queue=f"t{secrets.token_hex(4)}")
    return app


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Celery]:
    with places.broker() as url:
        app = app_of(url, tmp_path)
        yield app
        app.close()


@pytest.fixture
def broker(app: Celery) -> Iterator[Broker]:
    broker = Broker(app)
    yield broker
    broker.close()


def test_hints_are_counted_as_they_come(app: Celery, broker: Broker) -> None:
    found = [broker.waiting()]
    for _ in range(3):
        app.send_task("deliveries.drain", (7,))
        found.append(broker.waiting())
    assert found == [0, 1, 2, 3]


def test_a_connection_that_was_cut_is_made_anew(app: Celery, broker: Broker) -> None:
    app.send_task("deliveries.drain", (7,))
    broker.waiting()
    broker.close()
    assert broker.waiting() == 1


@pytest.mark.anywhere
def test_a_broker_that_is_away_is_named_by_its_error_alone(tmp_path: Path) -> None:
    broker = Broker(app_of(f"redis://:s3cr3t@127.0.0.1:{servers.free_port()}/0", tmp_path))
    with pytest.raises(Unreachable) as refused:
        broker.waiting()
    assert str(refused.value).endswith("Error")
    assert "s3cr3t" not in str(refused.value)


@pytest.mark.anywhere
def test_a_sentinel_that_is_away_keeps_nobody_from_the_next_one(tmp_path: Path) -> None:
    """redis-py alone asks each of them eleven times, which takes eight seconds."""
    with peer(Talk.reset) as first, peer(Talk.reset) as second:
        url = f"sentinel://127.0.0.1:{first.port};sentinel://127.0.0.1:{second.port}?master_name=hub"
        with pytest.raises(Unreachable):
            Broker(app_of(url, tmp_path)).waiting()
    # As often as kombu, below Celery, tries by itself.
    assert 1 <= first.connections == second.connections <= 4
