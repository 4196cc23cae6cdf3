"""How log lines look, and the filter that keeps secrets out of them."""

from __future__ import annotations

import logging

from deliveries.redaction import redact

_CONTROL = {code: f"\\x{code:02x}" for code in [*range(9), *range(11, 32), 127]}


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
    """`2026-11-23T10:02:11+0000 INFO deliveries.ingest message`, control characters escaped.

    Further lines are indented, so that a name with a line break in it cannot pass for a line of its own.
    """

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s", "%Y-%m-%dT%H:%M:%S%z")

    def format(self, record: logging.LogRecord) -> str:
        return super().format(record).translate(_CONTROL).replace("\n", "\n    ")
