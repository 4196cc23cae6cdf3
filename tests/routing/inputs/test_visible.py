"""What nobody sees in a text, and what only looks odd."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.inputs import visible

pytestmark = pytest.mark.anywhere

HIDDEN = {
    "\0": "U+0000", "\x1b": "U+001B", "\x7f": "U+007F", "\x85": "U+0085", "\xad": "U+00AD", "\u200b": "U+200B",
    "\u200c": "U+200C", "\u200d": "U+200D", "\u200e": "U+200E", "\u202e": "U+202E", "\u2066": "U+2066",
    "\u2060": "U+2060", "\ufeff": "U+FEFF", "\ufffe": "U+FFFE", "\U0001ffff": "U+1FFFF", "\ud800": "U+D800",
    "\U000e0041": "U+E0041", "\u3164": "U+3164", "\u2800": "U+2800", "\u115f": "U+115F",
}  # fmt: skip
DIRECTIONS = ("\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069")


@pytest.mark.parametrize(("char", "code"), HIDDEN.items(), ids=HIDDEN.values())
def test_what_nobody_sees_is_refused_in_a_name_with_its_place(char: str, code: str) -> None:
    assert (
        visible.fault_of_name(f"ops{char}x") == f"There is an invisible character ({code}) at character 4: delete it."
    )


@pytest.mark.parametrize("char", ["\n", "\r", "\u2028", "\u2029"])
def test_a_name_is_one_line(char: str) -> None:
    assert visible.fault_of_name(f"o{char}ps") == "There is a line break at character 2: delete it."


@pytest.mark.parametrize(
    "name",
    [
        "",
        "ops",
        "Ops-Räume #1",
        "تنبيهات",
        "אבטחה",
        "数据库",
        "ops\u00a0de",
        "é",
        "e\u0301",
        "🔥 prod",
        "❤️",
        "👩‍🚒 on call",
        "👩🏽‍🚒",
        "🏳️‍🌈",
        "a'b\"c<d>&",
    ],
)
def test_names_of_any_language_are_taken(name: str) -> None:
    assert visible.fault_of_name(name) == ""


@pytest.mark.parametrize("name", ["\u200dops", "ops\u200d", "o\u200dps", "🔥\u200dops", "ops\u200d🔥"])
def test_a_joiner_joins_emoji_only(name: str) -> None:
    assert "U+200D" in visible.fault_of_name(name)


@pytest.mark.parametrize("char", [*DIRECTIONS, "\0", "\x08", "\x9b", "\ufffe", "\udfff"])
def test_prose_holds_no_control_and_turns_nothing_around(char: str) -> None:
    assert "at character 5" in visible.fault_of_prose(f"why,{char} then")


@pytest.mark.parametrize("text", ["one\r\ntwo\tthree", "می\u200cخواهم", "א\u200fב", "🔥 it burns", "\ufeffpasted"])
def test_prose_may_hold_what_languages_and_pasting_need(text: str) -> None:
    assert visible.fault_of_prose(text) == ""


def test_prose_loses_what_is_refused_in_it_and_keeps_its_lines() -> None:
    assert visible.cleaned("one\x00\n\ttwo\u202e, 🔥\udfff\r\nthree") == "one\n\ttwo, 🔥\r\nthree"


@given(st.text())
def test_cleaned_prose_has_no_fault_and_lost_nothing_else(text: str) -> None:
    kept = visible.cleaned(text)
    assert visible.fault_of_prose(kept) == ""
    assert visible.fault_of_prose(text) or kept == text
