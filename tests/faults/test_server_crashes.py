"""Rows 49 to 51 and 53 of the fault catalogue with a PostgreSQL of their own that really crashes, hangs up or is locked."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from alerthub.sandbox import Sandbox
from tests.factories import alert, payload
from tests.journeys import chaos
from tests.journeys import stack as stacks
from tests.journeys.chaos import Postgres
from tests.journeys.children import Children
from tests.journeys.stack import CRITICAL, ONE_OF_EACH, Stack, wait_until

pytestmark = [pytest.mark.journey, pytest.mark.postgresql]


@pytest.fixture(scope="module")
def database() -> Iterator[Postgres]:
    with chaos.postgres() as database:
        yield database


@pytest.fixture(scope="module")
def stack(database: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with stacks.running(tmp_path_factory.mktemp("crashing"), only=ONE_OF_EACH, DATABASE_URL=database.url) as stack:
        yield stack


def stored(stack: Stack, word: str) -> int:
    """Without duplicates: what was committed before its answer was lost is posted again, and linked."""
    return sum(word.encode() in one.body and one.duplicate_of is None for one in stack.trail.notifications())


@contextmanager
def locked(url: str, table: str) -> Iterator[None]:
    """Nobody else reads or writes the table; the connection may be cut meanwhile."""
    with closing(psycopg.connect(url)) as other:
        other.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        yield


def somebody_waits(url: str) -> bool:
    with psycopg.connect(url) as other:
        return bool(other.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchone())


def test_row_49_a_restart_in_mid_ingest_is_a_503_and_the_repeat_is_stored_once(
    stack: Stack, database: Postgres, word: str
) -> None:
    told = payload(alert(word), group=word)
    with locked(database.url, "deliveries_notification"), ThreadPoolExecutor(1) as thread:
        posted = thread.submit(stack.receive, told)
        wait_until(lambda: somebody_waits(database.url), what="the ingest that waits for the lock")
        database.restart()
        assert posted.result().status == 503
    wait_until(partial(is_taken, stack, told), 20, "the repeat to be accepted")
    stack.wait_for_room(CRITICAL, word, timeout=20)
    assert stored(stack, word) == 1


def test_row_50_a_killed_backend_loses_nothing_and_nobody_has_to_restart_anything(
    stack: Stack, database: Postgres, word: str
) -> None:
    told = [payload(alert(word), group=f"{word}{number}") for number in range(10)]
    for each in told[:5]:
        assert stack.receive(each).status == 202
    os.kill(a_backend(database.url), signal.SIGKILL)
    for each in told[5:]:
        wait_until(partial(is_taken, stack, each), 20, "the notification to be accepted")
    stack.wait_for_room(CRITICAL, word, count=10, timeout=60)
    assert stored(stack, word) == 10


def is_taken(stack: Stack, told: dict[str, Any]) -> bool:
    return stack.receive(told).status == 202


def a_backend(url: str) -> int:
    """The process of a connection of AlertHub's."""
    with psycopg.connect(url) as other:
        found = other.execute(
            "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        ).fetchone()
    assert found, "AlertHub keeps its connections"
    return int(found[0])


@pytest.fixture(scope="module")
def children(database: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Children]:
    with Sandbox(rate_limit=None) as sandbox:
        children = Children(tmp_path_factory.mktemp("children"), database.database("alone"), sandbox)
        children.lay("told")
        yield children


class Cut:
    """A way to the database that is cut when a notification is committed: before the COMMIT gets there, or after."""

    def __init__(self, url: str, *, committed: bool) -> None:
        parts = urlsplit(url)
        self._database, self._committed = (parts.hostname, parts.port), committed
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"postgres://{parts.username}@127.0.0.1:{self._listener.getsockname()[1]}{parts.path}"
        self._storing = False

    def __enter__(self) -> Cut:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                caller, _ = self._listener.accept()
            except OSError:
                return
            database = socket.create_connection(self._database)
            threading.Thread(target=self._back, args=(database, caller), daemon=True).start()
            threading.Thread(target=self._forth, args=(caller, database), daemon=True).start()

    def _forth(self, caller: socket.socket, database: socket.socket) -> None:
        with caller, database:
            while said := _heard(caller):
                self._storing = self._storing or b"INSERT INTO deliveries_notification" in said
                if self._storing and b"COMMIT" in said:
                    caller.shutdown(socket.SHUT_RDWR)
                    if self._committed:
                        database.sendall(said)
                        # Whoever hangs up at once may be gone before the COMMIT is read.
                        database.shutdown(socket.SHUT_WR)
                        wait_until(lambda: not _heard(database))
                    else:
                        database.shutdown(socket.SHUT_RDWR)
                    return
                database.sendall(said)

    def _back(self, database: socket.socket, caller: socket.socket) -> None:
        while said := _heard(database):
            try:
                caller.sendall(said)
            except OSError:
                return


def _heard(sock: socket.socket) -> bytes:
    try:
        return sock.recv(65536)
    except OSError:
        return b""


@pytest.mark.parametrize(("committed", "repeat"), [(True, "duplicate"), (False, "routed")])
def test_row_51_a_connection_lost_at_the_commit_is_a_503_and_the_repeat_is_told_once(
    children: Children, word: str, committed: bool, repeat: str
) -> None:
    told = payload(alert(word, point="told"), group=word)
    with Cut(children.database_url, committed=committed) as cut:
        assert children.post(told, DATABASE_URL=cut.url)["status"] == 503
    again = children.post(told)
    assert (again["status"], again["body"]["status"]) == (202, repeat)
    owed = children.trail.rows(f"SELECT count(*) FROM deliveries_delivery WHERE title LIKE '%{word}%'")
    assert owed == [(1,)]


def test_row_53_a_lock_that_lasts_is_a_503_and_the_repeat_is_accepted(children: Children, word: str) -> None:
    told = payload(alert(word, point="told"), group=word)
    impatient = f"{children.database_url}?options=-c%20lock_timeout%3D200ms"
    with locked(children.database_url, "deliveries_conversation"):
        assert children.post(told, DATABASE_URL=impatient)["status"] == 503
    assert children.post(told, DATABASE_URL=impatient)["status"] == 202
