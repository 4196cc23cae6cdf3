"""Remembering what was worked out for short texts."""

from __future__ import annotations

import pytest

from deliveries.messages.memory import for_short_texts


class _Shout:
    def __init__(self) -> None:
        self.heard: list[str] = []

    def __call__(self, text: str, /, mark: str = "!") -> str:
        self.heard.append(text)
        return text.upper() + mark


def test_a_short_text_is_worked_out_once() -> None:
    shout = _Shout()
    remembered = for_short_texts(shout)
    assert [remembered("disk full"), remembered("disk full")] == ["DISK FULL!", "DISK FULL!"]
    assert shout.heard == ["disk full"]


def test_another_limit_or_mark_is_worked_out_anew() -> None:
    remembered = for_short_texts(_Shout())
    assert [remembered("disk full"), remembered("disk full", "?")] == ["DISK FULL!", "DISK FULL?"]


@pytest.mark.parametrize("text", ["x" * 201, "x" * 100_000])
def test_a_long_text_is_not_kept(text: str) -> None:
    shout = _Shout()
    remembered = for_short_texts(shout)
    assert remembered(text) == remembered(text) == text.upper() + "!"
    assert shout.heard == [text, text]
