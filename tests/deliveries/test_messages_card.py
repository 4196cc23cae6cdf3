"""The coloured card: per alert what differs, once what is shared, and never more than fits."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from deliveries.messages import card
from deliveries.messages.fit import units
from tests.deliveries.stories import NOW, START, TRAIL, a_story, an_alert


def many(count: int, **changes: Any) -> list[Any]:
    return [
        an_alert(labels={"alertname": "Down", "job": "node", "instance": f"n{number}"}, **changes)
        for number in range(count)
    ]


def lines(*alerts: Any, limit: int = 4000, **changes: Any) -> list[str]:
    attachment = card.attachment(a_story(*alerts, **changes), limit)
    assert attachment is not None
    return str(attachment["text"]).split("  \n")


def test_a_single_alert_is_told_in_full() -> None:
    alert = an_alert(annotations={"summary": "Short", "description": "Long\nstory"})
    assert lines(alert)[:-1] == [
        "**since 14:02 UTC (2 h 4 m)**",
        "Short",
        "Long",
        "story",
        "`instance=db1:9100`",
    ]


def test_a_description_equal_to_the_summary_is_told_once() -> None:
    alert = an_alert(annotations={"summary": "Same", "description": " Same "})
    assert lines(alert).count("Same") == 1


def test_what_alerts_share_is_said_once() -> None:
    told = lines(*many(2))
    assert told[:-1] == [
        "**since 14:02 UTC (2 h 4 m)**",
        "Disk is full",
        "**1.** `instance=n0`",
        "**2.** `instance=n1`",
        "All: `job=node`",
    ]


def test_what_differs_is_said_for_each() -> None:
    first = an_alert(labels={"alertname": "A"}, annotations={"summary": "one", "description": "shared"})
    second = an_alert(
        labels={"alertname": "C"},
        annotations={"summary": "two", "description": "shared"},
        starts_at=START.replace(hour=15),
    )
    assert lines(first, second)[:-1] == [
        "shared",
        "**1.** A since 14:02 UTC (2 h 4 m)",
        "one",
        "**2.** C since 15:02 UTC (1 h 4 m)",
        "two",
    ]


def test_more_than_five_alerts_take_one_line_each() -> None:
    alerts = [an_alert(labels={"alertname": "A", "n": str(n)}, annotations={"summary": f"s{n}"}) for n in range(6)]
    assert lines(*alerts)[1:7] == [f"• `n={n}` — s{n}" for n in range(6)]


def test_what_is_not_shown_is_counted_with_a_link_to_all() -> None:
    assert f"**+80 more** – [full list]({TRAIL})" in lines(*many(100))


def test_without_a_trail_the_rest_is_still_counted() -> None:
    assert "**+80 more** – full list: see AlertHub" in lines(*many(100), trail_url="")


def test_a_small_card_ends_at_the_border_of_an_alert() -> None:
    told = lines(*many(10), limit=450)
    shown = [line for line in told if line.startswith("• `instance=n")]
    assert 0 < len(shown) < 10
    assert all(line.endswith("`") for line in shown)
    assert f"**+{10 - len(shown)} more** – [full list]({TRAIL})" in told


@pytest.mark.parametrize(("count", "words"), [(1, "1 more alert was cut"), (37, "37 more alerts were cut")])
def test_what_alertmanager_cut_is_said(count: int, words: str) -> None:
    assert f"{words} by Alertmanager (max_alerts)" in lines(truncated_alerts=count)


def test_many_labels_are_counted_and_not_listed() -> None:
    labels = {f"l{number}": "v" for number in range(30)}
    assert lines(an_alert(labels=labels))[2].endswith("`l11=v` +18 labels")


def test_the_card_carries_colour_title_and_link() -> None:
    attachment = card.attachment(a_story(), 4000)
    assert attachment is not None
    assert attachment["color"] == "#D32F2F"
    assert attachment["title"] == "DiskFull"
    assert attachment["title_link"] == "http://prometheus.example.com/graph"


def test_a_bad_link_is_left_out_not_sent_empty() -> None:
    story = a_story(an_alert(generator_url="javascript:alert(1)"), external_url="")
    assert "title_link" not in (card.attachment(story, 4000) or {})


def test_what_alerthub_itself_says_stands_first() -> None:
    note = "Meant for #ops, which takes no messages since 10:02: Not authorized"
    assert lines(note=note, owed_at=NOW - timedelta(minutes=12))[:3] == [
        "Meant for #\u2060ops, which takes no messages since 10:02: Not authorized",
        "⏳ **12 m late**, owed since 15:55 UTC",
        "**since 14:02 UTC (2 h 4 m)**",
    ]


def test_what_a_note_quotes_is_harmless() -> None:
    assert lines(note="@all [x](http://evil.example)")[0] == "@\u2060all `[x](http://evil.example)`"


def test_a_firing_told_with_its_resolved_says_both_times() -> None:
    over = an_alert(status="resolved", ends_at=START + timedelta(minutes=7))
    other = replace(over, fingerprint="b", labels={"alertname": "HostDown"})
    told = lines(over, other, status="resolved", fired_too=(an_alert(),))
    assert told[1] == "**1.** DiskFull fired 14:02, resolved 14:09 UTC `instance=db1:9100`"
    assert told[2] == "**2.** HostDown 14:02–14:09 UTC, lasted 7 m"


def test_a_test_message_has_a_card_that_asks_for_nothing() -> None:
    assert lines(is_test=True, alerts=()) == ["No alert is behind this message. Nothing needs to be done."]


def test_too_little_room_gives_no_card() -> None:
    assert card.attachment(a_story(), 100) is None


@pytest.mark.parametrize("limit", [200, 500, 1000, 5000])
def test_a_card_never_exceeds_its_limit(limit: int) -> None:
    alerts = many(50, annotations={"summary": "🔥 * " * 900, "description": "d@ " * 9000})
    attachment = card.attachment(a_story(*alerts), limit)
    assert attachment is not None
    assert units(str(attachment["text"])) + units(str(attachment["title"])) <= limit
