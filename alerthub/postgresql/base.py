"""What Django loads: its own backend, behind psycopg's pool. Whoever finds no connection free waits, but not for long."""

from __future__ import annotations

import select
import time
from typing import Any

import psycopg
from django.db.backends.postgresql import base, schema
from psycopg_pool import PoolTimeout

from alerthub.postgresql.limited import Limited

WAIT = 10.0
"""Seconds after which a request is better answered with 503: Alertmanager sends it again."""
# After so long the first look whether the database is away, in which case nobody waits. Each later one comes after twice
# the time: who waits keeps its place in the pool's queue between two looks.
_LOOK_UP_AFTER = 0.25
_POOL = {
    "name": "alerthub",
    "connection_class": Limited,
    "min_size": 1,
    "max_idle": 60,
    # The pool gives up at once and whoever comes next makes it try again: a database that is back is used at once.
    "reconnect_timeout": 0,
    "num_workers": 1,
}


class SchemaEditor(schema.DatabaseSchemaEditor):
    """A migration takes as long as its tables need: the limits of statements are for those that others wait for.

    `lock_timeout` stays, as behind a migration that waits for a lock every post would wait too.
    """

    def __enter__(self) -> SchemaEditor:
        super().__enter__()
        if self.atomic_migration:
            # For this transaction, and so through a pooler as well.
            with self.connection.cursor() as cursor:
                cursor.execute("SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0")
        return self


class DatabaseWrapper(base.DatabaseWrapper):
    """Takes its connections from one pool for each process; `OPTIONS["pool"]["max_size"]` is its size."""

    SchemaEditorClass = SchemaEditor
    _given_at = float("-inf")
    """When a thread of this process got a connection last (monotonic)."""

    def __init__(self, settings_dict: dict[str, Any], alias: str = "default") -> None:
        options = settings_dict["OPTIONS"]
        pool = {"pool": _POOL | options["pool"]} if options.get("pool") else {}
        super().__init__(settings_dict | {"OPTIONS": options | pool}, alias)

    def prepared_cursor(self) -> Any:
        """A cursor whose statements PostgreSQL parses and plans once for each connection, if no pooler stands in between.

        For the few that are always the same text; Django's own cursor puts the values into the text.
        """
        self.ensure_connection()
        wrapper: Any = self
        return wrapper._prepare_cursor(psycopg.Cursor(wrapper.connection))

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Raises psycopg.OperationalError: what connecting met if the database is away, or that all are in use."""
        pool = self.pool
        if pool is None:  # the road to a server without a database, for the tests'
            return super().get_new_connection(conn_params)
        self.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
        pool.open()
        asked_at, patience = time.monotonic(), _LOOK_UP_AFTER
        while True:
            try:
                connection = pool.getconn(patience)
                if not _works(connection):
                    # The pool throws away what is closed, and makes another one.
                    connection.close()
                    pool.putconn(connection)
                    continue
            except PoolTimeout:
                left = asked_at + WAIT - time.monotonic()
                if error := _hopeless(asked_at, left, pool.max_size):
                    raise error from None
                patience = min(2 * patience, left)
            else:
                DatabaseWrapper._given_at = time.monotonic()
                return connection


def _works(connection: psycopg.Connection[Any]) -> bool:
    """PostgreSQL says nothing unasked, but when it ends: who is silent is not asked, which would cost a round trip each time."""
    socket = select.poll()
    socket.register(connection.pgconn.socket, select.POLLIN)
    if not socket.poll(0):
        return True
    try:
        connection.execute("")
    except psycopg.Error:
        return False
    return True


def _hopeless(asked_at: float, left: float, size: int) -> Exception | None:
    """Why nobody should wait any longer who asked then; None: a connection may still come."""
    failed_at, failure = Limited.failure
    if failed_at > asked_at and (left <= 0 or DatabaseWrapper._given_at < asked_at):
        # No connection can be made, and none was given back meanwhile either.
        return failure
    if left > 0:
        return None
    return psycopg.OperationalError(
        f"The {size} database connections of this process were all in use for {WAIT:g} s: raise "
        "ALERTHUB_DATABASE_CONNECTIONS, or start more processes"
    )
