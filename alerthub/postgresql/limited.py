"""One connection as it is made: no statement on it runs, waits or idles for long, whatever stands in between."""

from __future__ import annotations

import time
from typing import Any, ClassVar

import psycopg
from psycopg import sql

LIMITS = {"statement_timeout": "15s", "lock_timeout": "3s", "idle_in_transaction_session_timeout": "30s"}


# How often the same text goes as it is before it is prepared.
_PREPARED_AT_THE = 2


class Unlimited(psycopg.OperationalError):
    """A pooler stands in between, and through it statements have no limits; str() says what to do."""

    needs_a_person = True
    """Waiting does not help."""


class Limited(psycopg.Connection[Any]):
    """Sets LIMITS after connecting: a pooler refuses them at the start of a connection, as it refuses `options`.

    Through a pooler each transaction may run on another connection of PostgreSQL's, so what is set here would not hold:
    there the role must bring the limits along, or nothing is sent.
    """

    failure: ClassVar[tuple[float, Exception]] = (float("-inf"), psycopg.OperationalError())
    """When connecting failed last (monotonic), and how: the pool only says that nothing came."""

    @classmethod
    def connect(cls, conninfo: str = "", **given: Any) -> Limited:
        """In autocommit mode. Raises Unlimited, and what psycopg raises."""
        try:
            made: Limited = super().connect(conninfo, **given | {"autocommit": True})
            try:
                is_direct = _limit(made, besides=given.get("options") or "")
                # What is prepared stays with a connection of PostgreSQL's; see DatabaseWrapper.prepared_cursor.
                made.prepare_threshold = _PREPARED_AT_THE if is_direct else None
            except BaseException:
                made.close()
                raise
        except psycopg.Error as error:
            Limited.failure = time.monotonic(), error
            raise
        return made


_ASK = "SELECT {}"
_WHO = ("pg_backend_pid()", "current_user", "current_database()")
_MISSING = (
    "A pooler such as PgBouncer stands between AlertHub and PostgreSQL, and through it statements have no limits. Set them "
    "for AlertHub's role, then let the pooler connect anew (RECONNECT in the console of PgBouncer): {}"
)


def _limit(connection: psycopg.Connection[Any], *, besides: str) -> bool:
    """Whether PostgreSQL itself answers. `besides`: options of the address, whose own limits stay."""
    names = [name for name in LIMITS if name not in besides]
    settings = [sql.SQL("current_setting({})").format(name) for name in names]
    asked = sql.SQL(_ASK).format(sql.SQL(", ").join([*map(sql.SQL, _WHO), *settings]))
    pid, role, database, *found = connection.execute(asked).fetchone() or (0, "", "")
    if pid == connection.info.backend_pid:
        laid = sql.SQL(", ").join(sql.SQL("set_config({}, {}, false)").format(name, LIMITS[name]) for name in names)
        connection.execute(sql.SQL("SELECT {}").format(laid))
        return True
    # What answers is not what was connected to.
    missing = [name for name, value in zip(names, found, strict=True) if value == "0"]
    if missing:
        alter = sql.SQL("ALTER ROLE {} IN DATABASE {} SET {} = {}")
        said = (
            alter.format(sql.Identifier(role), sql.Identifier(database), sql.SQL(name), LIMITS[name])
            for name in missing
        )
        raise Unlimited(_MISSING.format("; ".join(each.as_string(connection) for each in said)))
    return False
