"""Log lines: no secret, no control character, whatever is logged."""

from __future__ import annotations

import logging

import pytest

from alerthub import logs

pytestmark = pytest.mark.anywhere


def line(message: str, *args: object, error: BaseException | None = None) -> str:
    exc_info = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord("deliveries", logging.INFO, "x.py", 1, message, args, exc_info)
    assert logs.RedactSecrets().filter(record)
    return logs.Line().format(record)


@pytest.mark.parametrize(
    "secret",
    [
        "https://chat.example/hooks/65f0c0ffee/s3cr3tT0ken",
        "ahi_s3cr3tT0ken-with-dashes",
        "/wall/ahw_s3cr3tT0ken-with-dashes/",
        "Authorization: Bearer s3cr3tT0ken",
        "redis://:s3cr3tT0ken@redis:6379/0",
        "postgres://alerthub:s3cr3tT0ken@db/alerthub",
        '{"password": "s3cr3tT0ken"}',
    ],
)
def test_secrets_are_taken_out(secret: str) -> None:
    assert "s3cr3tT0ken" not in line("calling %s failed", secret)


def test_secrets_are_taken_out_of_tracebacks() -> None:
    error = ValueError("https://chat.example/hooks/65f0c0ffee/s3cr3tT0ken")
    assert "s3cr3tT0ken" not in line("oops", error=error)


def test_control_characters_are_escaped() -> None:
    assert "\\x1b[31m" in line("label \x1b[31m")


def test_a_name_with_a_line_break_cannot_pass_for_a_line_of_its_own() -> None:
    _, further = line("a post of %s", "eu1\n2026-11-23T10:02:11+0000 INFO all is well").splitlines()
    assert further.startswith(" ")


@pytest.fixture
def seldom() -> tuple[logs.Seldom, list[float]]:
    """The filter, and the time it reads."""
    times = [100.0]
    return logs.Seldom(clock=lambda: times[0]), times


def passed(seldom: logs.Seldom, *args: object, kind: object = True, text: str = "The room %s is away") -> str | None:
    """The line as it is written; None: it is not."""
    record = logging.LogRecord("deliveries", logging.ERROR, "x.py", 1, text, args, None)
    if kind:
        record.seldom = kind
    return record.getMessage() if seldom.filter(record) else None


def test_of_a_kind_that_comes_with_every_request_one_line_a_minute_is_written(
    seldom: tuple[logs.Seldom, list[float]],
) -> None:
    one, times = seldom
    told = []
    for times[0] in (100.0, 101.0, 159.9, 160.0, 161.0):
        told.append(passed(one, "ops"))
    assert told == [
        "The room ops is away",
        None,
        None,
        "The room ops is away (2 more like it since the last line)",
        None,
    ]


def test_each_kind_has_lines_of_its_own(seldom: tuple[logs.Seldom, list[float]]) -> None:
    one, _ = seldom
    told = [passed(one, "a", kind="full"), passed(one, "b", kind="locked"), passed(one, text="Another %s", kind="full")]
    assert None not in told


def test_a_line_of_no_kind_is_always_written(seldom: tuple[logs.Seldom, list[float]]) -> None:
    one, _ = seldom
    assert [passed(one, "ops", kind=None) for _ in range(3)] == ["The room ops is away"] * 3


def test_kinds_without_end_take_no_memory_without_end(seldom: tuple[logs.Seldom, list[float]]) -> None:
    one, _ = seldom
    for number in range(2500):
        passed(one, "ops", kind=number)
    assert len(one._said) <= 1000


@pytest.mark.parametrize(("status", "written"), [(503, False), (500, True)])
def test_a_503_has_its_own_line_and_not_a_second_one_of_django(status: int, *, written: bool) -> None:
    record = logging.LogRecord("django.request", logging.ERROR, "x.py", 1, "%s: %s", ("Oops", "/webhook"), None)
    record.status_code = status
    assert logging.getLogger("django.request").filter(record) is written


def test_a_watcher_that_asks_by_head_is_not_logged_each_time() -> None:
    assert not logging.getLogger("gunicorn.http.wsgi").isEnabledFor(logging.WARNING)
