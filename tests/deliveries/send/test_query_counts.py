"""The hot paths cost as many statements for much as for little."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.db import connection

from alerthub.sandbox import Sandbox
from deliveries.wake import nudge
from routing.models import Target
from tests import factories
from tests.deliveries import statements

pytestmark = pytest.mark.django_db
TOKEN = "ahi_test-token-that-is-long-enough"
IS_POSTGRESQL = connection.vendor == "postgresql"
# Each is one round trip on PostgreSQL; on SQLite, where there are none, the models write table by table.
MOST_OF_A_POST = 3 if IS_POSTGRESQL else 6
MOST_OF_A_BATCH = 8 if IS_POSTGRESQL else 17


@pytest.fixture(autouse=True)
def _nobody_is_nudged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nudge, "targets", lambda target_ids: None)


@pytest.fixture
def target(sandbox: Sandbox) -> Target:
    factories.make_source().new_token("test", TOKEN)
    target = factories.make_target(url=sandbox.hook("#ops").url)
    factories.make_rule(targets=[target])
    return target


def test_a_notification_of_ten_alerts_costs_as_many_statements_as_one_of_one_alert(target: Target) -> None:
    assert statements.of_post(TOKEN, 10).statements == statements.of_post(TOKEN, 1).statements


@pytest.mark.postgresql
def test_a_notification_of_200_alerts_costs_as_many_statements_as_one_of_one_alert(target: Target) -> None:
    assert statements.of_post(TOKEN, 200).statements == statements.of_post(TOKEN, 1).statements


def test_a_notification_costs_few_statements(target: Target) -> None:
    assert statements.of_post(TOKEN, 10).statements <= MOST_OF_A_POST


def test_a_notification_needs_few_savepoints(target: Target) -> None:
    assert statements.of_post(TOKEN, 200).frames <= 6


@pytest.mark.parametrize("messages", [8, 64])
def test_a_batch_costs_no_more_statements_than_a_single_message(target: Target, now: datetime, messages: int) -> None:
    assert statements.of_drain(target, messages, now).statements <= statements.of_drain(target, 1, now).statements


def test_a_batch_costs_few_statements(target: Target, now: datetime) -> None:
    assert statements.of_drain(target, 64, now).statements <= MOST_OF_A_BATCH


def test_a_digest_of_many_messages_costs_a_statement_more_for_each_fifty(target: Target, now: datetime) -> None:
    """Their bodies are read in portions, and their ids before."""
    target.rate_limit_calls = 10
    target.save()
    few, many = statements.of_digest(target, 30, now), statements.of_digest(target, 120, now)
    assert many.statements - few.statements <= 1 + 120 // 50
