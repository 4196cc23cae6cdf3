"""The way to PostgreSQL: few connections for many threads, limits to every statement, a pooler in between."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection

from alerthub.postgresql import base, limited
from alerthub.postgresql.base import DatabaseWrapper
from alerthub.postgresql.limited import LIMITS, Limited
from tests import servers

pytestmark = [pytest.mark.django_db, pytest.mark.postgresql]
SHOWN = {"statement_timeout": "15s", "lock_timeout": "3s", "idle_in_transaction_session_timeout": "30s"}


def limits(asked: Any) -> dict[str, str]:
    with asked.cursor() as cursor:
        return {name: cursor.execute(f"SHOW {name}").fetchone()[0] for name in LIMITS}


@contextmanager
def few(size: int, **fields: Any) -> Iterator[DatabaseWrapper]:
    """The way to the tests' database with a pool of its own."""
    described = connection.settings_dict | {
        "OPTIONS": connection.settings_dict["OPTIONS"] | {"pool": {"max_size": size}}
    }
    wrapper = DatabaseWrapper(described | fields, alias=f"few-{secrets.token_hex(4)}")
    wrapper.inc_thread_sharing()
    try:
        yield wrapper
    finally:
        wrapper.close()
        wrapper.close_pool()


def another(wrapper: DatabaseWrapper) -> DatabaseWrapper:
    """The same way, as another thread of the process has it."""
    beside = DatabaseWrapper(wrapper.settings_dict, alias=wrapper.alias)
    beside.inc_thread_sharing()
    return beside


def test_pages_leave_connections_to_posts(settings: Any) -> None:
    assert 1 <= settings.PAGE_THREADS <= settings.DATABASE_CONNECTIONS - 2


def test_every_statement_has_its_limits() -> None:
    assert limits(connection) == SHOWN


@pytest.mark.django_db(transaction=True)
def test_a_migration_takes_as_long_as_it_needs_and_what_follows_does_not() -> None:
    with connection.schema_editor():
        assert limits(connection) == SHOWN | {"statement_timeout": "0", "idle_in_transaction_session_timeout": "0"}
    assert limits(connection) == SHOWN


def test_limits_in_the_address_win() -> None:
    params = connection.get_connection_params() | {"options": "-c lock_timeout=200ms"}
    with Limited.connect(**params) as made:
        assert limits(made) == SHOWN | {"lock_timeout": "200ms"}


def test_a_connection_that_was_given_back_serves_the_next() -> None:
    with few(1) as wrapper:
        beside = another(wrapper)
        pids = []
        for each in (wrapper, beside, wrapper):
            with each.cursor() as cursor:
                pids.append(cursor.execute("SELECT pg_backend_pid()").fetchone())
            each.close_if_unusable_or_obsolete()
        assert len(set(pids)) == 1


def test_a_thread_waits_for_the_one_that_has_the_last_connection() -> None:
    with few(1) as wrapper, ThreadPoolExecutor(1) as thread:
        wrapper.ensure_connection()
        beside = another(wrapper)
        waiting = thread.submit(beside.ensure_connection)
        while not wrapper.pool.get_stats()["requests_waiting"]:
            assert not waiting.done()
        wrapper.close()
        waiting.result(10)
        beside.close()


def test_who_waits_too_long_is_told_which_setting_to_raise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "WAIT", 0.3)
    with few(1) as wrapper:
        wrapper.ensure_connection()
        with pytest.raises(OperationalError, match="raise ALERTHUB_DATABASE_CONNECTIONS"):
            another(wrapper).ensure_connection()


def test_nobody_waits_for_a_database_that_is_away() -> None:
    with few(2, HOST="127.0.0.1", PORT=str(servers.free_port())) as wrapper:
        began = time.monotonic()
        with pytest.raises(OperationalError, match="refused"):
            wrapper.ensure_connection()
        assert time.monotonic() - began < base.WAIT / 2


def test_connections_that_all_broke_are_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    with few(2) as wrapper:
        beside = another(wrapper)
        for each in (wrapper, beside):
            each.ensure_connection()
        for each in (wrapper, beside):
            with psycopg.connect(**_plain()) as other:
                other.execute("SELECT pg_terminate_backend(%s)", [each.connection.info.backend_pid])
            each.close()
        with wrapper.cursor() as cursor:
            assert cursor.execute("SELECT 1").fetchone() == (1,)


def _plain() -> dict[str, Any]:
    wanted = ("dbname", "host", "port", "user", "password")
    return {name: value for name, value in connection.get_connection_params().items() if name in wanted}


@contextmanager
def pooler() -> Iterator[str]:
    """The address of a PgBouncer in transaction mode before the tests' database."""
    if servers.find("pgbouncer") is None:
        pytest.skip("PgBouncer is not installed")
    own = _plain()
    with servers.pgbouncer(f"postgres://{own['user']}@{own['host']}:{own['port']}/{own['dbname']}") as url:
        yield url


@pytest.fixture
def role() -> Iterator[str]:
    """What AlertHub's role is called in ALTER ROLE; what is set for it is reset."""
    with psycopg.connect(**_plain(), autocommit=True) as admin:
        own = f'ALTER ROLE "{admin.info.user}" IN DATABASE "{admin.info.dbname}"'
        yield own
        admin.execute(f"{own} RESET ALL")


def test_a_pooler_without_limits_is_refused_with_the_statements_that_set_them(role: str) -> None:
    with pooler() as url, pytest.raises(limited.Unlimited, match="PgBouncer") as refused:
        Limited.connect(url)
    missing = [f"{role} SET {name} = '{value}'" for name, value in LIMITS.items()]
    assert str(refused.value).endswith(": " + "; ".join(missing))


def test_a_pooler_is_used_when_the_role_brings_the_limits_along(role: str) -> None:
    with psycopg.connect(**_plain(), autocommit=True) as admin:
        for name, value in SHOWN.items():
            admin.execute(f"{role} SET {name} = '{value}'")
    with pooler() as url, Limited.connect(url) as made:
        assert limits(made) == SHOWN


def prepared(asked: Any) -> list[str]:
    """What PostgreSQL has prepared for this connection."""
    with asked.cursor() as cursor:
        return [text for (text,) in cursor.execute("SELECT statement FROM pg_prepared_statements").fetchall()]


ALWAYS_THE_SAME = "SELECT %s::text || 'the same each time'"


def test_a_statement_that_is_always_the_same_is_prepared() -> None:
    with few(1) as wrapper:
        for number in range(4):
            with wrapper.prepared_cursor() as cursor:
                assert cursor.execute(ALWAYS_THE_SAME, [f"{number} "]).fetchone() == (f"{number} the same each time",)
        assert [text for text in prepared(wrapper) if "the same" in text] == ["SELECT $1::text || 'the same each time'"]


def test_behind_a_pooler_nothing_is_prepared(role: str) -> None:
    with psycopg.connect(**_plain(), autocommit=True) as admin:
        for name, value in SHOWN.items():
            admin.execute(f"{role} SET {name} = '{value}'")
    with pooler() as url, Limited.connect(url) as made:
        for number in range(9):
            assert psycopg.Cursor(made).execute(ALWAYS_THE_SAME, [f"{number} "]).fetchone()
        assert prepared(made) == []


def test_a_connection_that_was_closed_by_the_other_side_is_not_given_out() -> None:
    with few(1) as wrapper:
        wrapper.ensure_connection()
        with psycopg.connect(**_plain()) as other:
            other.execute("SELECT pg_terminate_backend(%s)", [wrapper.connection.info.backend_pid])
        wrapper.close()
        with wrapper.prepared_cursor() as cursor:
            assert cursor.execute("SELECT 1").fetchone() == (1,)
