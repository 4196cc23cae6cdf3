"""A place in a matcher text, and the words found there. Knows characters, not grammar."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NoReturn

from routing.inputs import visible
from routing.rules.matchers.matcher import MatcherError

TYPOGRAPHIC = "“”„‟‘’‚‛«»″′"
_SPACE = re.compile(r"[^\S\n]*")
_SPACE_AND_LINES = re.compile(r"\s*")
_OPERATOR = re.compile(r"=~|!=|!~|=")
# What the UTF-8 syntax lets stand without quotes. Values may hold a backslash too, as in the classic syntax:
# service=~\d+ is common in old configurations.
_NAME = re.compile(r"""[^\s{}!=~,\\"'`]*""")
_VALUE = re.compile(r"""[^\s{}!=~,"'`]*""")
_QUOTED = re.compile(r'"((?:[^"\\\n]|\\[^\n])*)"')
_SEGMENT = re.compile(r"[^,\n]*")


@dataclass(frozen=True, slots=True)
class Word:
    """A name or value as written: `raw` without its quotes, escapes not yet read."""

    raw: str
    start: int
    is_quoted: bool


class Cursor:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    @property
    def char(self) -> str:
        """The character here; empty at the end."""
        return self.text[self.at : self.at + 1]

    def skip(self, *, lines: bool) -> None:
        self._read(_SPACE_AND_LINES if lines else _SPACE)

    def take(self, char: str) -> bool:
        is_here = self.char == char
        if is_here:
            self.at += 1
        return is_here

    def operator(self) -> str:
        return self._read(_OPERATOR)

    def name(self) -> Word:
        return self._word(_NAME)

    def value(self) -> Word:
        return self._word(_VALUE)

    def segment(self, start: int) -> str:
        """From `start` to the next comma or line end: what a person sees as one piece."""
        found = _SEGMENT.match(self.text, start)
        return found[0].strip() if found else ""

    def fail(self, message: str, position: int | None = None) -> NoReturn:
        raise MatcherError(message, text=self.text, position=self.at if position is None else position)

    def _read(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        text = found[0] if found else ""
        self.at += len(text)
        return text

    def _word(self, bare: re.Pattern[str]) -> Word:
        start = self.at
        if self.char != '"':
            return self._checked(Word(self._read(bare), start, is_quoted=False))
        found = _QUOTED.match(self.text, start)
        if found is None:
            self.fail('the quote that opens here is not closed on this line; add " (a line break is written \\n)')
        self.at = found.end()
        return Word(found[1], start, is_quoted=True)

    def _checked(self, word: Word) -> Word:
        """What a person cannot see, or took for a quote, would make a rule that never fits."""
        for offset, char in enumerate(word.raw):
            if char in TYPOGRAPHIC:
                self.fail(
                    f'{char} is a typographic quote; type the plain double quote " instead',
                    word.start + offset,
                )
            if visible.is_hidden(char):
                self.fail(
                    f"there is an invisible character (U+{ord(char):04X}) here; delete it",
                    word.start + offset,
                )
        return word
