"""From bytes to JSON values, with the guards json itself lacks: depth, size, numbers, keys, encodings, stray code points."""

from __future__ import annotations

import codecs
import json
import math
import re
from typing import Any, NoReturn

from deliveries.alertmanager.malformed import Malformed

# 10,000 alerts with 40 labels and annotations each hold some 900,000 values; beyond twice that it is an attack on memory.
_MAX_VALUES = 2_000_000

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: its mark begins with UTF-16's
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WESTERN = re.compile(r"charset\s*=\s*\"?(?:iso-8859-1|latin-?1|windows-1252|cp1252)\b", re.IGNORECASE)
_SUSPECT = re.compile(r"\\u(?:0000|[dD][89a-fA-F])|\x00")
_STRAY = re.compile("[\x00\ud800-\udfff]")


def parse(body: bytes, content_type: str, flags: set[str]) -> Any:
    """The JSON value in body; adds flags. Raises Malformed, and RecursionError for what is nested too deeply."""
    _refuse_too_many_values(body)
    text = _decode(body, content_type, flags)
    if not text or text.isspace():
        raise Malformed("empty")
    try:
        value = _DECODER.decode(text)
        # Most emoji arrive as a proper escaped pair, so this only decides whether a closer look is needed.
        return _without_strays(value, flags) if _SUSPECT.search(text) else value
    except json.JSONDecodeError as error:
        raise Malformed("not_json", f"line {error.lineno}, column {error.colno}: {error.msg}") from None
    except Malformed:
        raise
    except ValueError:  # what is left: int() refuses more than 4300 digits
        raise Malformed("bad_number") from None


def _decode(body: bytes, content_type: str, flags: set[str]) -> str:
    bom, encoding = next((each for each in _BOMS if body.startswith(each[0])), (b"", json.detect_encoding(body)))
    body = body.removeprefix(bom)
    try:
        return body.decode(encoding)
    except UnicodeDecodeError:
        if encoding == "utf-8" and _WESTERN.search(content_type):
            return body.decode("cp1252", "replace")
        flags.add("invalid_utf8")
        return body.decode(encoding, "replace")


def _refuse_too_many_values(body: bytes) -> None:
    if body.count(b",") + body.count(b"[") + body.count(b"{") > _MAX_VALUES:
        raise Malformed("too_complex")


def _refuse_constant(_name: str) -> NoReturn:
    raise Malformed("bad_number")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise Malformed("bad_number")
    return number


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed("duplicate_key")
    return found


def _without_strays(value: Any, flags: set[str]) -> Any:
    """A copy in which NUL and lone surrogates are U+FFFD: PostgreSQL stores neither, UTF-8 cannot carry the latter."""
    if isinstance(value, str):
        repaired, count = _STRAY.subn("\ufffd", value)
        if count:
            flags.add("text_repaired")
        return repaired
    if isinstance(value, dict):
        return {_without_strays(name, flags): _without_strays(inner, flags) for name, inner in value.items()}
    if isinstance(value, list):
        return [_without_strays(inner, flags) for inner in value]
    return value


# strict=False: a raw newline or tab inside a text is harmless, and a refused body is a lost alert.
_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_constant=_refuse_constant, parse_float=_finite, strict=False
)
