"""Database triggers that raise Rulebook.version when anything that lets in or routes changes, by whatever road.

They are laid after every `migrate` rather than by one migration: on SQLite a later change of a table drops its triggers.
"""

from __future__ import annotations

from typing import Any

from django.db import connections

TABLES = (
    "routing_rule",
    "routing_rule_targets",
    "routing_target",
    "routing_rule_active_windows",
    "routing_rule_muted_windows",
    "routing_timewindow",
    "routing_timeinterval",
    "routing_silence",
    "routing_template",
    "routing_severityalias",
    "routing_source",
    "routing_ingesttoken",
)
# A token's use is noted every minute and changes nothing.
_ONLY = {"routing_ingesttoken": " OF digest, expires_at, source_id"}
_RAISE = "UPDATE routing_rulebook SET version = version + 1"


def lay(using: str = "default", **_: Any) -> None:
    """Safe to repeat. Called by Django's post_migrate."""
    connection = connections[using]
    with connection.cursor() as cursor:
        if "routing_rulebook" not in connection.introspection.table_names(cursor):
            return
        for statement in _STATEMENTS[connection.vendor]():
            cursor.execute(statement)


def _postgresql() -> list[str]:
    statements = [
        "CREATE OR REPLACE FUNCTION routing_raise_rulebook() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN {_RAISE}; RETURN NULL; END $$"
    ]
    for table in TABLES:
        statements += [
            f"DROP TRIGGER IF EXISTS raise_rulebook ON {table}",
            f"CREATE TRIGGER raise_rulebook AFTER INSERT OR DELETE OR TRUNCATE OR UPDATE{_ONLY.get(table, '')} ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION routing_raise_rulebook()",
        ]
    return statements


def _sqlite() -> list[str]:
    statements = []
    for table in TABLES:
        for event in ("insert", "update", "delete"):
            name = f"raise_rulebook_{table}_{event}"
            columns = _ONLY.get(table, "") if event == "update" else ""
            statements += [
                f"DROP TRIGGER IF EXISTS {name}",
                f"CREATE TRIGGER {name} AFTER {event.upper()}{columns} ON {table} BEGIN {_RAISE}; END",
            ]
    return statements


_STATEMENTS = {"postgresql": _postgresql, "sqlite": _sqlite}
