"""Lengths as Rocket.Chat counts them: JavaScript's, in UTF-16 units, where most emoji count two."""

from __future__ import annotations

# A line's end in an attachment: a hard break in its renderer, which joins single lines; the other drops the spaces.
BREAK = "  \n"


def units(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def cut(text: str, limit: int) -> str:
    """At most limit units; what was cut ends with an ellipsis."""
    if units(text) <= limit:
        return text
    if limit < 1:
        return ""
    return text.encode("utf-16-le")[: 2 * (limit - 1)].decode("utf-16-le", "ignore").rstrip() + "…"
