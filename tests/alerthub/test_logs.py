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


def test_a_watcher_that_asks_by_head_is_not_logged_each_time() -> None:
    assert not logging.getLogger("gunicorn.http.wsgi").isEnabledFor(logging.WARNING)
