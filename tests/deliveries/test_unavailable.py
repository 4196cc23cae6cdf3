"""Why something cannot be stored, told by what the database and the machine really raise."""

from __future__ import annotations

import errno
import logging
from typing import Any

import pytest
from django.db import Error, OperationalError, connection, transaction
from django.http import UnreadablePostError

from deliveries import unavailable
from deliveries.unavailable import Why
from tests.deliveries import unwritable

log = logging.getLogger("deliveries.told")


def met(*statements: str) -> Why:
    with pytest.raises(Error) as caught, transaction.atomic():
        execute(*statements)
    return unavailable.why(caught.value)


def execute(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


@pytest.mark.django_db
def test_a_database_that_is_read_only() -> None:
    with unwritable.read_only():
        assert met("DELETE FROM deliveries_watch") is Why.READ_ONLY


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL's disk cannot be filled for a test")
def test_a_file_that_may_not_grow() -> None:
    with unwritable.full():
        assert met("CREATE TABLE large AS SELECT hex(zeroblob(100000))") is Why.FULL


@pytest.mark.django_db
@pytest.mark.postgresql
def test_a_statement_that_takes_too_long() -> None:
    assert met("SET LOCAL statement_timeout = 10", "SELECT pg_sleep(5)") is Why.SLOW


@pytest.mark.django_db
@pytest.mark.postgresql
def test_a_value_that_does_not_fit_is_a_mistake_of_ours() -> None:
    assert met("SELECT 'x'::integer") is Why.MISTAKE


@pytest.mark.anywhere
@pytest.mark.parametrize(
    ("error", "found"),
    [
        (OSError(errno.EMFILE, "Too many open files"), Why.MACHINE),
        (OSError(errno.ENOSPC, "No space left on device"), Why.MACHINE),
        (MemoryError(), Why.MACHINE),
        (OSError(errno.ENOENT, "No such file"), Why.MISTAKE),
        (ZeroDivisionError(), Why.MISTAKE),
        (UnreadablePostError("Connection reset"), Why.BODY),
        (OperationalError("connection refused"), Why.AWAY),
    ],
)
def test_what_is_no_answer_of_the_database(error: Exception, found: Why) -> None:
    assert unavailable.why(error) is found


@pytest.mark.anywhere
def test_the_line_says_what_the_database_said_and_has_no_traceback(caplog: pytest.LogCaptureFixture) -> None:
    unavailable.report(log, "A post was answered with 503", OperationalError("connection refused\nIs it running?"))
    assert caplog.messages == [
        "A post was answered with 503: the database cannot be used (OperationalError: connection refused)"
    ]
    assert caplog.records[0].exc_info is None


@pytest.mark.anywhere
def test_a_mistake_comes_with_its_traceback_and_is_a_kind_for_each_it_concerns(
    caplog: pytest.LogCaptureFixture,
) -> None:
    for about in ("target 1", "target 2"):
        unavailable.report(log, "What is due could not be sent", ZeroDivisionError(), about)
    assert [bool(record.exc_info) for record in caplog.records] == [True, True]
    assert len(kinds(caplog.records)) == 2


@pytest.mark.anywhere
def test_a_database_that_is_away_is_one_kind_whomever_it_concerns(caplog: pytest.LogCaptureFixture) -> None:
    for about in ("target 1", "target 2"):
        unavailable.report(log, "What is due could not be sent", OperationalError("away"), about)
    assert len(kinds(caplog.records)) == 1


def kinds(records: list[Any]) -> set[Any]:
    return {record.seldom for record in records}
