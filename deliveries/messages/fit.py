"""Lengths as Rocket.Chat counts them: JavaScript's, in UTF-16 units, where most emoji count two."""

from __future__ import annotations

import re

# A line's end in an attachment: a hard break in its renderer, which joins single lines; the other drops the spaces.
BREAK = "  \n"
# Code, or a link with words, that has begun and does not end before the text does.
_UNFINISHED = re.compile(r"(?m)^(?:[^`\n]|`[^`\n]*`)*?(`[^`\n]*|\[[^\]\n]*(?:\](?:\([^)\n]*)?)?)\Z")


def units(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def cut(text: str, limit: int) -> str:
    """At most limit units; what was cut ends with an ellipsis."""
    if units(text) <= limit:
        return text
    if limit < 1:
        return ""
    return text.encode("utf-16-le")[: 2 * (limit - 1)].decode("utf-16-le", "ignore").rstrip() + "…"


def shorten(text: str, limit: int) -> str:
    """At most limit units of text with markup in it: what was code or a link is either whole or not there.

    Half of a code span is no code, and what an alert says in it would be markup.
    """
    if units(text) <= limit:
        return text
    kept = cut(text, limit).removesuffix("…")
    if unfinished := _UNFINISHED.search(kept[kept.rfind("\n") + 1 :]):
        kept = kept[: len(kept) - len(unfinished[1])]
    return cut(kept.rstrip() + "…", limit)
