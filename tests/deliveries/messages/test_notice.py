"""AlertHub's own words: recognised at a glance, harmless whatever they quote, and saying what expired."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deliveries.messages import Look, expired_line, render_notice, render_notice_plain
from deliveries.messages.fit import units
from tests.deliveries.messages.test_render import TEXT
from tests.deliveries.stories import NOW, TRAIL


def test_a_notice_is_one_line_with_a_mark_and_its_id() -> None:
    assert render_notice("Worker w1 is missing.", "critical", 77, Look()) == {
        "text": "🛠️ 🔴 *AlertHub* · Worker w1 is missing. · D-77",
        "parseUrls": False,
    }


def test_good_news_is_green() -> None:
    body = render_notice("Worker w1 is back.", "resolved", 77, Look(), url=TRAIL)
    assert body["text"].startswith("🛠️ ✅ *AlertHub* · ")
    assert body["attachments"][0]["color"] == "#388E3C"


def test_a_link_makes_a_card() -> None:
    [card] = render_notice("Worker w1 is missing.", "warning", 77, Look(), url=TRAIL)["attachments"]
    assert card == {"title": "Open in AlertHub", "color": "#FFA000", "title_link": TRAIL}


def test_further_lines_stand_in_the_card() -> None:
    [card] = render_notice("Worker w1 is missing.\nStart it.\nOr not.", "info", 77, Look())["attachments"]
    assert card["text"] == "Start it.  \nOr not."


def test_a_late_notice_and_one_that_may_be_there_already_say_so() -> None:
    body = render_notice("Done.", "info", 77, Look(), late=timedelta(minutes=12), possible_duplicate=2)
    assert body["text"].endswith(" · Done. · 12 m late · possible duplicate (attempt 2, D-77)")


def test_a_notice_in_time_says_nothing_of_its_age() -> None:
    assert render_notice("Done.", "info", 77, Look(), late=timedelta(seconds=60))["text"].endswith("Done. · D-77")


def test_what_a_notice_quotes_is_harmless() -> None:
    assert "@\u2060all" in render_notice("Target @all is broken.", "critical", 77, Look())["text"]


def test_the_plain_notice_tells_all_lines_in_the_same_room() -> None:
    assert render_notice_plain("One.\nTwo.", "info", 77, Look(alias="AlertHub", channel="#ops")) == {
        "text": "🛠️ 🔵 *AlertHub* · One. Two. · D-77",
        "parseUrls": False,
        "channel": "#ops",
    }


@given(TEXT | st.text(min_size=400, max_size=900), TEXT, st.integers(500, 5000), TEXT | st.just(TRAIL))
def test_any_notice_keeps_the_limit_and_its_id(text: str, severity: str, limit: int, url: str) -> None:
    for body in (
        render_notice(text * 9, severity, 77, Look(text_limit=limit), url=url),
        render_notice_plain(text * 9, severity, 77, Look(text_limit=limit)),
    ):
        cards = body.get("attachments", [])
        told = [body["text"], *(card[key] for card in cards for key in ("title", "text") if key in card)]
        assert sum(map(units, told)) <= limit
        assert all(told)
        assert body["text"].endswith(" · D-77")
        json.dumps(body, ensure_ascii=False).encode()


def test_what_expired_is_counted_worst_first() -> None:
    told = expired_line({"warning": 9, "critical": 3}, NOW - timedelta(hours=6), NOW, NOW)
    assert told == "12 messages to this room expired unsent (3 critical, 9 warning), from 10:07 to 16:07 UTC."


@pytest.mark.parametrize(
    ("counts", "text"),
    [
        ({"info": 1}, "1 message to this room expired unsent (1 info), at 16:07 UTC."),
        ({"": 2}, "2 messages to this room expired unsent (2 no severity), at 16:07 UTC."),
        (
            {f"s{number}": 1 for number in range(8)},
            "8 messages to this room expired unsent (1 s0, 1 s1, 1 s2, 1 s3, 1 s4, 3 others), at 16:07 UTC.",
        ),
    ],
)
def test_few_and_odd_severities_read_well_too(counts: dict[str, int], text: str) -> None:
    assert expired_line(counts, NOW, NOW, NOW) == text


def test_another_day_is_named() -> None:
    told = expired_line({"info": 2}, NOW - timedelta(days=1), NOW, NOW)
    assert told.endswith("from 22 Nov 16:07 to 16:07 UTC.")
