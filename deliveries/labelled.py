"""Closed sets of words: what each of them means to people stands beside it. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Labelled(StrEnum):
    """A set is written as `WORD = "word", "A few words for people", "What to do about it"`, the last two if there are any.

    The word is what is stored and what the API says; it never changes.
    """

    label: str
    advice: str

    def __new__(cls, value: str, label: str = "", advice: str = "") -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        member.advice = advice
        return member
