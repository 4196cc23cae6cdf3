"""A long history for the measurements, written by the database itself: a month of alerts, deliveries and attempts."""

from __future__ import annotations

from typing import Any

from django.db import connection, models
from django.utils import timezone

# isort: off
from tests.bench import rig  # sets Django up, so it comes first
from deliveries.models import Acknowledgement, Alert, Attempt, Conversation, Delivery, Notification, Occurrence
from routing.models import Rule, Source, Target
from tests import factories

RULES, TARGETS, ALERTS, CONVERSATIONS, SILENCES = 500, 20, 10_000, 2_000, 20
_DAYS = 30
_AT_ONCE = 50_000  # rows; a statement may take half a minute
_AT = f"now() - interval '{_DAYS} days' * (1 - (g - %(first)s)::float / (%(last)s - %(first)s + 1))"


def fill_routing() -> None:
    with rig.room_server() as sandbox:
        rig.prepare(sandbox)
    Rule.objects.filter(is_fallback=False).delete()
    targets = [factories.make_target(f"room {number}") for number in range(TARGETS)]
    for number in range(RULES):
        target = targets[number % TARGETS]
        factories.make_rule(f"rule {number}", [target], position=number, matchers=f'team="t{number}"')
    factories.make_source("idle")
    source = Source.objects.earliest("id").pk
    # All of them fire, five of a name; told_in is one of the few notifications, which every filling has.
    name = f"'Alert' || g % {CONVERSATIONS}"
    _insert(
        Alert, 1, ALERTS, source_id=str(source), source_name="'alertmanager'", fingerprint="'f' || g", name=name,
        severity=f"(array['critical','warning','info'])[1 + g % {CONVERSATIONS} % 3]", status="'firing'",
        labels=f"jsonb_build_object('alertname', {name}, 'team', 't' || g % 500, 'instance', 'i' || g)",
        annotations="jsonb_build_object('summary', 'i' || g || ' is full', 'runbook_url', 'https://wiki.example/full')",
        starts_at=_AT, first_seen_at=_AT, last_seen_at="now() - interval '1 minute' * (g % 400)", told_in_id="g",
        silent_until="CASE WHEN g % 50 = 0 THEN now() + interval '1 hour' END",
        kept_back="CASE WHEN g % 50 = 0 THEN 'silenced' ELSE '' END",
    )  # fmt: skip
    _insert(
        Acknowledgement,
        1,
        500,
        alert_id="g * 17",
        starts_at="now() - interval '60 days'",
        by="'person ' || g % 9",
        at="now()",
    )
    for number in range(SILENCES):
        factories.make_silence(f'alertname=~"Alert{number}.*"\nteam="t{number}"', timezone.now(), hours=9)
    _insert(Conversation, 1, CONVERSATIONS, source_id=str(source), key="md5(g::text)", group_key="'group ' || g")


def fill(first: int, last: int) -> None:
    """Deliveries `first` to `last`, each of a notification of its own, with three attempts."""
    source, rule = Source.objects.earliest("id").pk, Rule.objects.filter(is_fallback=False).earliest("id").pk
    target = Target.objects.filter(name__startswith="room").earliest("id").pk
    _insert(
        Notification, first, last, id="g", source_id=str(source), source_name="'alertmanager'", received_at=_AT,
        body="'{}'::bytea", status="'firing'", alert_count="1", conversation_id=f"1 + g % {CONVERSATIONS}",
    )  # fmt: skip
    ended = f"CASE WHEN g % 5000 IN (0, 1) THEN NULL ELSE ({_AT}) + interval '1 second' * (g % 40) / 10 END"
    state = (
        "CASE WHEN g % 5000 = 0 THEN 'waiting' WHEN g % 5000 = 1 THEN 'held' WHEN g % 200 = 2 THEN 'rejected' "
        "WHEN g % 200 = 3 THEN 'expired' WHEN g % 50 = 4 THEN 'merged' ELSE 'delivered' END"
    )
    _insert(
        Delivery, first, last, id="g", notification_id="g", conversation_id=f"1 + g % {CONVERSATIONS}", seq="g",
        target_id=f"{target} + g % {TARGETS}", target_name=f"'room ' || g % {TARGETS}",
        rule_id=f"{rule} + g % {RULES}", rule_name=f"'rule ' || g % {RULES}", status="'firing'",
        severity="(array['critical','warning','info'])[1 + g % 3]", title=f"'Alert' || g % {CONVERSATIONS}", positions="'[0]'::jsonb",
        kind="CASE WHEN g % 1000 = 7 THEN 'digest' ELSE 'alert' END", state=state, attempt_count="3", tries="3",
        settled="g % 400 = 2", next_attempt_at="now() + interval '1 day'", expires_at="now() + interval '2 days'",
        created_at=_AT, ended_at=ended,
    )  # fmt: skip
    _insert(
        Occurrence, first, last, alert_id=f"1 + g % {ALERTS}", notification_id="g", delivery_id="g", position="0",
        status="'firing'", outcome="'owed'", why="'Rule'",
    )  # fmt: skip
    for number in (1, 2, 3):
        outcome = "'delivered'" if number == 3 else "'refused'"
        _insert(
            Attempt, first, last, delivery_id="g", number=str(number), worker="'bench'", outcome=outcome,
            started_at=_AT, duration_ms="12", status_code="200", sent_to="'http://room'",
            sent="'{\"text\": \"Alert\"}'", answer="'{\"success\": true}'",
        )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")  # as autovacuum would, sooner or later


def _insert(model: type[models.Model], first: int, last: int, **expressions: str) -> None:
    """One row for each number g from first to last; columns that are not named have the model's default."""
    columns: list[str] = []
    values: list[str] = []
    given: list[Any] = []
    for field in model._meta.concrete_fields:
        if field.primary_key and field.attname not in expressions:
            continue
        columns.append(f'"{field.column}"')
        if field.attname in expressions:
            values.append(expressions[field.attname].replace("%(first)s", str(first)).replace("%(last)s", str(last)))
        elif field.null:
            values.append("NULL")
        else:
            values.append("%s")
            given.append(field.get_db_prep_save(field.get_default(), connection))
    chosen = (
        ", ".join(values)
        if not given
        else ", ".join(value if value == "%s" else value.replace("%", "%%") for value in values)
    )
    table = model._meta.db_table
    with connection.cursor() as cursor:
        for begin in range(first, last + 1, _AT_ONCE):
            some = f"generate_series({begin}, {min(begin + _AT_ONCE - 1, last)}) AS g"
            cursor.execute(f'INSERT INTO "{table}" ({", ".join(columns)}) SELECT {chosen} FROM {some}', given or None)
        if "id" in expressions:
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {last})")
