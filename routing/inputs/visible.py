"""Whether a text is what it looks like: characters that nobody sees make two names look like one, or turn a line around.

Pure. Names are strict; prose may hold what some languages need between their letters.
"""

from __future__ import annotations

import unicodedata

_JOINER = "\u200d"
# Letters and signs that are drawn as nothing.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_OF_LINES = "\n\r\t"
_WORDS = {"\n": "a line break", "\r": "a line break", "\t": "a tab", "\u2028": "a line break", "\u2029": "a line break"}


def fault_of_name(text: str) -> str:
    """What is wrong with one line of text, as a sentence for people; empty if nothing is."""
    for place, char in enumerate(text):
        if is_hidden(char) and not _joins(text, place):
            return _sentence(char, place)
    return ""


def fault_of_prose(text: str) -> str:
    """The same for lines of prose: refused are control characters, and what changes the direction of what follows."""
    for place, char in enumerate(text):
        if char not in _OF_LINES and _is_refused(char):
            return _sentence(char, place)
    return ""


def cleaned(text: str) -> str:
    """Prose without what is refused in it, where nobody is there to be told."""
    return "".join(char for char in text if char in _OF_LINES or not _is_refused(char))


def is_hidden(char: str) -> bool:
    """Control characters, formats such as zero-width ones and changes of direction, line separators, blank letters."""
    return unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") or char in _BLANK or _is_none(char)


def _is_refused(char: str) -> bool:
    return unicodedata.category(char) in ("Cc", "Cs") or _turns(char) or _is_none(char)


def _turns(char: str) -> bool:
    """Embeddings, overrides and isolates: `moc.evil` reads as `live.com`."""
    return "\u202a" <= char <= "\u202e" or "\u2066" <= char <= "\u2069"


def _is_none(char: str) -> bool:
    """Code points that Unicode keeps for no character."""
    return (ord(char) & 0xFFFE) == 0xFFFE or "\ufdd0" <= char <= "\ufdef"


def _joins(text: str, place: int) -> bool:
    """The joiner of two emoji: a firefighter is a person, a joiner and a fire engine."""
    if text[place] != _JOINER or not 0 < place < len(text) - 1:
        return False
    before, after = text[place - 1], text[place + 1]
    return (unicodedata.category(before) in ("So", "Sk") or before == "\ufe0f") and unicodedata.category(after) == "So"


def _sentence(char: str, place: int) -> str:
    what = _WORDS.get(char, f"an invisible character (U+{ord(char):04X})")
    return f"There is {what} at character {place + 1}: delete it."
