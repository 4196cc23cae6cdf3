"""Where what an alert says meets what stands beside it in a template: each was made harmless alone, and together they may
be markup, as in `(slot {{ labels.slot }})` of slot 8, or in two labels that make a domain.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence

from deliveries.messages import safe

# Code and links of AlertHub's making.
_WHOLE = re.compile(r"`[^`\n]*`|\[[^\[\]\n]*\]\(https?://[^\s()]+\)")

_AFTER_ALL = 10**9

Span = tuple[int, int]


def apart(text: str, values: Sequence[Span]) -> str:
    """The text, with what starts in one of the `values` and became markup beside it taken apart.

    What the author's own words start is the author's, an address into which a value was put as well.
    """
    parts: list[str] = []
    place = 0
    whole = [found.span() for found in _WHOLE.finditer(text)]
    for start, end in safe.beginnings(text):
        after_code = _last(whole, start)[1]
        is_said = _last(values, start)[1] > start or (text[start] == "(" and _last(values, end)[1] > end)
        if is_said and start >= after_code and "://" not in text[_word(text, start, after_code) : start]:
            parts += [text[place:end], safe.JOINER]
            place = end
    return "".join([*parts, text[place:]])


def _last(spans: Sequence[Span], place: int) -> Span:
    """The last of the spans, which stand in their order and apart, that begins at the place or before."""
    number = bisect_right(spans, (place, _AFTER_ALL))
    return spans[number - 1] if number else (0, 0)


def _word(text: str, place: int, least: int) -> int:
    """Where the word begins that the place is in."""
    return max(least, 1 + text.rfind(" ", least, place), 1 + text.rfind("\n", least, place))
