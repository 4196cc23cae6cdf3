"""One matcher as a frozen value (label name, operator, value), and the error that says what is wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from routing.rules.matchers import regex

OPERATORS = ("=", "!=", "=~", "!~")
CLASSIC_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})
_SHOWN = 120


class MatcherError(ValueError):
    """Text that is no matcher. `position` counts characters of `text` from 0; str() says what to change."""

    def __init__(self, message: str, *, text: str = "", position: int = 0) -> None:
        self.message, self.text, self.position = message, text, position
        super().__init__(f"{self._place()}{message}")

    def _place(self) -> str:
        if not self.text:
            return ""
        line = self.text.count("\n", 0, self.position) + 1
        column = self.position - (self.text.rfind("\n", 0, self.position) + 1) + 1
        return f"Line {line}, column {column}: "


@dataclass(frozen=True, slots=True)
class Matcher:
    """Raises MatcherError for an empty name, an unknown operator or a broken regular expression."""

    name: str
    op: str
    value: str

    def __post_init__(self) -> None:
        if not self.name:
            raise MatcherError("a label name is missing")
        if self.op not in OPERATORS:
            raise MatcherError(f"expected =, !=, =~ or !~ between name and value, not {self.op[:20]!r}")
        if _UNSTORABLE.search(self.name + self.value):
            # Ingest replaces NUL and lone surrogates in labels, so such a matcher could never fit.
            raise MatcherError("a NUL character or half a surrogate pair can be in no label; delete it")
        if self.op in ("=~", "!~") and (fault := regex.fault(self.value)):
            raise MatcherError(f"{shorten(str(self))}: the regular expression is not valid: {fault}")

    def matches(self, labels: Mapping[str, str]) -> bool:
        """A label that the alert does not have counts as empty, as in Alertmanager."""
        seen = labels.get(self.name, "")
        op = self.op
        if op == "=":
            return seen == self.value
        if op == "!=":
            return seen != self.value
        return regex.fits(self.value, seen) is (op == "=~")

    def __str__(self) -> str:
        """Canonical text: the value in quotes, so that both of Alertmanager's syntaxes read the same."""
        return _remembered(self.name, self.op, self.value)


def written(name: str, op: str, value: str) -> str:
    """As a matcher is written, also for what an alert has: team="db"."""
    shown = name if CLASSIC_NAME.fullmatch(name) else quote(name)
    return f"{shown}{op}{quote(value)}"


# The reason of every decision shows its matchers, and they are always the same few.
_remembered = lru_cache(maxsize=1024)(written)


def quote(text: str) -> str:
    """In double quotes, with the three escapes that mean the same in the classic and in the UTF-8 syntax."""
    return f'"{text.translate(_ESCAPES)}"'


def shorten(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
