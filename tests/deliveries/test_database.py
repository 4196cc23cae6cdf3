"""A thread that waits for somebody else holds no database connection; long lists are read in portions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from alerthub.sandbox import Sandbox
from deliveries import database, export
from deliveries.models import Delivery
from deliveries.rocketchat import rest
from deliveries.send import roads, sender
from deliveries.wake import nudge
from routing.models import Source, Target
from tests import factories
from tests.factories import owed

TOKEN = "ahi_test-token-that-is-long-enough"

# SQLite's connection is an open file: there is nothing to spare.
spared = [pytest.mark.django_db(transaction=True), pytest.mark.postgresql]


def marked(test: Callable[..., None]) -> Callable[..., None]:
    for mark in spared:
        test = mark(test)
    return test


@pytest.fixture
def source() -> Source:
    source = factories.make_source()
    source.new_token("test", TOKEN)
    return source


@pytest.fixture
def target(sandbox: Sandbox) -> Target:
    target = factories.make_target(url=sandbox.hook("#ops").url)
    factories.make_rule(targets=[target])
    return target


def watched(real: Callable[..., Any], held: list[bool]) -> Callable[..., Any]:
    """The same, and whether this thread held a connection when it was called."""

    def call(*given: Any, **named: Any) -> Any:
        held.append(connection.connection is not None)
        return real(*given, **named)

    return call


@marked
def test_no_connection_is_held_while_rocketchat_is_called(
    source: Source, target: Target, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    owed(source, now)
    owed(source, now, group="other")
    client, held = roads.new_client(), list[bool]()
    monkeypatch.setattr(client, "post", watched(client.post, held))
    sender.drain(target.pk, client, clock=lambda: now, worker="w1")
    client.close()
    assert held == [False, False]
    assert set(Delivery.objects.values_list("state", flat=True)) == {"delivered"}


@marked
def test_no_connection_is_held_while_a_server_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    server, held = factories.make_server(), list[bool]()
    monkeypatch.setattr(rest, "check", watched(lambda *_: (), held))
    roads.check(server)
    assert held == [False]


@marked
@pytest.mark.parametrize("told", [export.as_csv, export.as_json])
def test_no_connection_is_held_while_a_saved_list_is_read(
    source: Source, target: Target, now: datetime, told: Callable[..., Any]
) -> None:
    owed(source, now)
    connection.close()
    lines = told(Delivery.objects.all())
    held = [connection.connection is not None for _ in lines]
    assert held == [False] * len(held)
    assert len(held) == 2


@marked
def test_no_connection_is_held_between_two_hints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nudge, "_looked", None)
    nudge.somebody_listens(100.0)
    assert connection.connection is None


@marked
def test_inside_a_transaction_the_connection_stays() -> None:
    with transaction.atomic():
        factories.make_source("kept")
        database.release()
        assert Source.objects.filter(name="kept").exists()


@pytest.fixture
def deliveries(source: Source, now: datetime) -> list[int]:
    factories.tell_fallback(factories.make_target())
    return [owed(source, now, group=f"g{number}")[0].pk for number in range(7)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("size", "most", "told", "statements"),
    [(10, None, 7, 1), (7, None, 7, 2), (3, None, 7, 4), (3, 5, 5, 3), (10, 5, 5, 1), (3, 3, 3, 2), (3, 2, 2, 1)],
)
def test_portions_tell_each_row_once_and_in_order(
    deliveries: list[int], size: int, most: int | None, told: int, statements: int
) -> None:
    rows = Delivery.objects.select_related("notification").order_by("-pk")
    with CaptureQueriesContext(connection) as asked:
        found = [row.pk for row in database.in_portions(rows, size, most)]
    assert found == deliveries[::-1][:told]
    assert len(asked) == statements
