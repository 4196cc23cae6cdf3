"""How log lines look, how often one of a kind comes, and the filter that keeps secrets out of them."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Hashable
from typing import Any

from deliveries.redaction import redact

_CONTROL = {code: f"\\x{code:02x}" for code in [*range(9), *range(11, 32), 127]}
# Each kind is remembered; more than this many are no kinds any more.
_MOST_KINDS = 1000


class Seldom(logging.Filter):
    """Lines that come with every request or every second while something is wrong: `extra={"seldom": KIND}`.

    The first of a kind passes; then one in a minute, which says how many others came meanwhile. A kind is the line's own
    text without its arguments, KIND (hashable; True where the text is enough) and the type of the exception.
    """

    def __init__(self, every: float = 60.0, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._every, self._clock = every, clock
        self._said: dict[Hashable, tuple[float, int]] = {}
        self._lock = threading.Lock()

    def filter(self, record: logging.LogRecord) -> bool:
        kind = getattr(record, "seldom", None)
        if kind is None:
            return True
        others = self._others((record.name, record.msg, kind, record.exc_info and record.exc_info[0]))
        if others:
            record.msg, record.args = f"{record.getMessage()} ({others} more like it since the last line)", None
        return others is not None

    def _others(self, key: Hashable) -> int | None:
        """How many of the same were kept back since the last one; None: this one is kept back too."""
        now = self._clock()
        with self._lock:
            said_at, others = self._said.get(key, (float("-inf"), 0))
            if now - said_at < self._every:
                self._said[key] = said_at, others + 1
                return None
            if len(self._said) >= _MOST_KINDS:
                self._said.clear()
            self._said[key] = now, 0
            return others


class SaidElsewhere(logging.Filter):
    """Django writes a line for each answer from 500 on. A 503 of ours has its own line, or its sender asks every second."""

    def filter(self, record: logging.LogRecord) -> bool:
        return getattr(record, "status_code", None) != 503


class RedactSecrets(logging.Filter):
    """Renders the message early, so that arguments and tracebacks are redacted too."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redact(record.getMessage()), None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = redact(record.exc_text)
        return True


class Line(logging.Formatter):
    """`2026-11-23T10:02:11+0000 INFO deliveries.accept.ingest message`, control characters escaped.

    Further lines are indented, so that a name with a line break in it cannot pass for a line of its own.
    """

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s", "%Y-%m-%dT%H:%M:%S%z")

    def format(self, record: logging.LogRecord) -> str:
        return super().format(record).translate(_CONTROL).replace("\n", "\n    ")


def configuration(level: str) -> dict[str, Any]:
    """Python's own configuration of logging: one line each to the error stream, from `level` on."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {
            "seldom": {"()": "alerthub.logs.Seldom"},
            "said elsewhere": {"()": "alerthub.logs.SaidElsewhere"},
            "redact": {"()": "alerthub.logs.RedactSecrets"},
        },
        "formatters": {"line": {"()": "alerthub.logs.Line"}},
        "handlers": {
            "console": {"class": "logging.StreamHandler", "filters": ["seldom", "redact"], "formatter": "line"},
        },
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            "django.request": {"level": "ERROR", "filters": ["said elsewhere"]},
            # Whoever asked for a connection says what connecting met.
            "psycopg.pool": {"level": "ERROR"},
            "django.server": {"level": "WARNING"},
            # It warns at each HEAD, which is how many watchers ask for /health.
            "gunicorn.http.wsgi": {"level": "ERROR"},
            # `alerthub.people.logins` says what matters, once.
            "axes": {"level": "ERROR"},
        },
    }
