"""Regular expressions of matchers: RE2, anchored at both ends as Alertmanager does, in linear time.

RE2 because people write these patterns and every alert meets them: Python's `re` can be made to hang.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import re2

LONGEST_PATTERN = 512
LONGEST_REMEMBERED = 256

_OPTIONS = re2.Options()
_OPTIONS.max_mem = 1 << 20
_OPTIONS.log_errors = False
_OPTIONS.never_capture = True

_LOOK_AROUND = ("(?=", "(?!", "(?<=", "(?<!", "(?<")
_SENTENCES = {
    "missing )": "missing closing )",
    "missing ]": "missing closing ]",
    "unexpected )": "there is a ) without its (; for the character itself write [)]",
    "trailing \\": "it ends with a single backslash; for the character itself write four in the quotes",
    "pattern too large - compile failed": "it needs too much memory; repeat less, or make two rules",
    "invalid repetition size": "{} repeats too often; at most 1000 in all",
    "bad repetition operator": "{} repeats a repetition; use one of them",
    "invalid character class range": "{} is not a valid range or class inside [ ]",
    "invalid escape sequence": "{} means nothing here; to match a dot or another sign itself, put it in [ ]",
    "invalid named capture group": "{} is not a valid group name; groups are not needed here, write (?:...)",
    "invalid perl operator": "{} is not possible here (RE2 syntax)",
}


# A pattern usually costs a few KiB; only one made for it reaches max_mem. The cache is larger than any
# sensible rule set, because one that does not fit would compile every pattern again for every alert.
@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> Any:
    return re2.compile(pattern, _OPTIONS)


@lru_cache(maxsize=8192)
def _remembered(pattern: str, text: str) -> bool:
    return _fits(pattern, text)


def _fits(pattern: str, text: str) -> bool:
    # Bytes, because RE2 works on UTF-8 and would convert every offset back for a str.
    return _compiled(pattern).fullmatch(text.encode("utf-8", "replace")) is not None


def fits(pattern: str, text: str) -> bool:
    """True if the whole of `text` fits. The same values come again and again: short ones are remembered."""
    return _remembered(pattern, text) if len(text) <= LONGEST_REMEMBERED else _fits(pattern, text)


def fault(pattern: str) -> str:
    """What is wrong with the pattern, as a sentence for people, or an empty text."""
    if len(pattern) > LONGEST_PATTERN:
        return f"it has {len(pattern)} characters, {LONGEST_PATTERN} are allowed; shorten it, or make two rules"
    try:
        _compiled(pattern)
    except re2.error as error:
        words = error.args[0] if error.args else b""
        return _sentence(words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words), pattern)
    return ""


def _sentence(words: str, pattern: str) -> str:
    kind, _, detail = words.partition(": ")
    if kind == "invalid perl operator" and detail in _LOOK_AROUND:
        return f"look-ahead and look-behind, {detail}, are not possible; use a second matcher with !~ instead"
    is_reference = kind == "invalid escape sequence" and detail[1:].isdigit()
    if is_reference or (kind == "invalid perl operator" and "(?P=" in pattern):
        shown = detail if is_reference else "(?P=name)"
        return f"back-references such as {shown} are not possible; write the text out"
    if kind == "no argument for repetition operator":
        if detail == "*":
            return "there is nothing before * to repeat; for any text write .*"
        return f"there is nothing before {detail} to repeat; for the character itself write [{detail[:1]}]"
    return _SENTENCES.get(kind, words).format(detail)
