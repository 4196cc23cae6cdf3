"""Somebody's own words: AlertHub adds what only it knows, and nothing exceeds the limit."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from deliveries.messages import Look, Story, render, render_worded
from deliveries.messages.fit import units
from tests.deliveries.stories import NOW, a_story

pytestmark = pytest.mark.anywhere

NOTE = "Meant for net."


def text(story: Story, words: str, limit: int = 5000) -> str:
    """The headline."""
    return str(render_worded(story, Look(text_limit=limit), words, "")["text"])


def card(story: Story, words: str, limit: int = 5000, headline: str = "") -> dict[str, Any]:
    [attachment] = render_worded(story, Look(text_limit=limit), headline, words)["attachments"]
    return dict(attachment)


def lines(story: Story, words: str) -> list[str]:
    return str(card(story, words)["text"]).split("  \n")


def test_two_empty_texts_leave_all_to_alerthub() -> None:
    assert render_worded(a_story(), Look(), "", "") == render(a_story(), Look())


def test_a_headline_is_one_line_and_ends_with_alerthubs_marks() -> None:
    assert text(a_story(possible_duplicate=2), " Disk \n is  full") == (
        "Disk is full · possible duplicate (attempt 2, D-42)"
    )


@pytest.mark.parametrize("limit", [500, 5000])
def test_a_long_headline_is_cut_before_the_marks(limit: int) -> None:
    told = text(a_story(), "word " * 300, limit)
    assert (units(told) <= 500, "word w" in told, told.endswith("… · D-42")) == (True, True, True)


def test_below_somebodys_headline_the_card_names_the_alerts() -> None:
    assert card(a_story(), "Look at it.", headline="Oh no")["title"] == "DiskFull"


def test_below_alerthubs_headline_the_card_says_since_when() -> None:
    assert card(a_story(), "Look at it.")["title"] == "Since 14:02 UTC (2 h 4 m)"


def test_a_card_says_its_words_line_by_line() -> None:
    assert lines(a_story(), "\n one  \n\n two\n") == ["one", "", " two"]


def test_what_alerthub_itself_says_stands_above_the_words() -> None:
    story = a_story(note=NOTE, owed_at=NOW - timedelta(minutes=12))
    assert lines(story, "one\ntwo") == [NOTE, "⏳ owed since 15:55 UTC", "one", "two"]


@pytest.mark.parametrize("limit", [500, 1000])
def test_long_words_are_cut_at_the_limit(limit: int) -> None:
    body = render_worded(a_story(note=NOTE), Look(text_limit=limit), "h " * 900, "🔥 " * 9000)
    [attachment] = body["attachments"]
    taken = units(body["text"]) + units(attachment["title"]) + units(attachment["text"])
    assert (limit - 5 <= taken <= limit, attachment["text"].endswith("…")) == (True, True)


def test_whatever_the_limit_a_note_has_its_card_below_a_long_headline() -> None:
    assert card(a_story(note=NOTE), "", 500, headline="word " * 300)["text"].startswith(NOTE)
