"""What a backslash means in quotes: the classic syntax has three escapes, the UTF-8 syntax those of Go."""

from __future__ import annotations

import re

_CLASSIC = re.compile(r'\\([n"\\])')
_GO = re.compile(
    rb"\\(?:([abfnrtv\\\"])|x([0-9a-fA-F]{2})|([0-3][0-7]{2})"
    rb"|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.[\x80-\xbf]*)?)",
    re.DOTALL,
)
_LETTERS = dict(zip(b'abfnrtv\\"', (b"\a", b"\b", b"\f", b"\n", b"\r", b"\t", b"\v", b"\\", b'"'), strict=True))


class BadEscape(ValueError):
    """A text that Go would not read as a string literal; str() says why."""


def classic(raw: str) -> str:
    r"""A backslash before anything but n, " and \ is just a backslash: =~"\d+" needs no doubling."""
    return _CLASSIC.sub(lambda found: "\n" if found[1] == "n" else found[1], raw)


def go(raw: str) -> str:
    r"""Go's double-quoted literal. Raises BadEscape, also when \x bytes are not valid UTF-8 together."""
    try:
        return _GO.sub(_one, raw.encode()).decode()
    except UnicodeDecodeError:
        raise BadEscape("the bytes written with \\x or \\ooo are not valid UTF-8; write the character itself") from None


def _one(found: re.Match[bytes]) -> bytes:
    letter, byte, octal, short, long, _ = found.groups()
    if letter:
        return _LETTERS[letter[0]]
    if byte or octal:
        return bytes([int(byte, 16) if byte else int(octal, 8)])
    code = int(short or long or b"110000", 16)
    if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        shown = found[0].decode("utf-8", "replace")
        raise BadEscape(f"the escape {shown} does not exist; for a backslash write \\\\")
    return chr(code).encode()
