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
