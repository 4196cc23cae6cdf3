"""The coloured card: per alert what differs, once what is shared, and never more than fits."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from deliveries.messages import card, headline
from deliveries.messages.fit import units
from tests.deliveries.stories import NOW, START, TRAIL, a_story, an_alert


def many(count: int, **changes: Any) -> list[Any]:
    return [
        an_alert(labels={"alertname": "Down", "job": "node", "instance": f"n{number}"}, **changes)
        for number in range(count)
    ]


def lines(*alerts: Any, limit: int = 4000, **changes: Any) -> list[str]:
    return str(shown(*alerts, limit=limit, **changes)["text"]).split("  \n")


def shown(*alerts: Any, limit: int = 4000, **changes: Any) -> dict[str, object]:
    """The card below its headline."""
    story = a_story(*alerts, **changes)
    attachment = card.attachment(story, limit, headline.line(story, 500))
    assert attachment is not None
    return attachment


def test_a_single_alert_is_told_as_far_as_the_headline_has_not() -> None:
    labels = {"alertname": "DiskFull", "instance": "db1:9100", "job": "node", "zone": "b", "team": "db"}
    alert = an_alert(labels=labels, annotations={"summary": "Short", "description": "Long\nstory", "impact": "none"})
    assert lines(alert)[:-1] == ["Long", "story", "Impact: none", "`team=db` `zone=b` `job=node`"]


def test_what_the_headline_had_to_cut_is_told_whole() -> None:
    assert lines(an_alert(annotations={"summary": "s " * 300}))[0] == ("s " * 300).strip()


def test_below_somebodys_own_line_all_of_it_is_told() -> None:
    attachment = card.attachment(a_story(), 4000)
    assert attachment is not None
    assert str(attachment["text"]).split("  \n")[:-1] == ["Disk is full", "`instance=db1:9100`"]
    assert attachment["title"] == "DiskFull"


def test_a_description_equal_to_the_summary_is_told_once() -> None:
    alert = an_alert(annotations={"summary": "Same", "description": " Same "})
    assert lines(alert)[0].startswith("[Source]")


def test_what_alerts_share_is_said_once() -> None:
    told = lines(*many(2))
    assert told[:-1] == ["All: `job=node`"]


def test_alerts_that_the_headline_has_told_apart_are_not_told_again() -> None:
    assert len(lines(*many(3))) == 2
    assert [line for line in lines(*many(4)) if line.startswith("**")] == [
        f"**{n + 1}.** `instance=n{n}`" for n in range(4)
    ]


def blocks(*alerts: Any) -> list[str]:
    return [line for line in lines(*alerts) if line.startswith("**")]


def test_alerts_that_two_labels_tell_apart_are_paired_below() -> None:
    pairs = [("shop", "web-1"), ("shop", "web-2"), ("mail", "web-1")]
    alerts = [an_alert(labels={"alertname": "A", "namespace": space, "pod": pod}) for space, pod in pairs]
    assert blocks(*alerts) == [
        f"**{number}.** `namespace={space}` `pod={pod}`" for number, (space, pod) in enumerate(pairs, start=1)
    ]


def test_alerts_that_began_apart_say_when_each_did() -> None:
    first, second = many(2)
    assert blocks(first, replace(second, starts_at=START.replace(hour=15))) == [
        "**1.** since 14:02 UTC (2 h 4 m) `instance=n0`",
        "**2.** since 15:02 UTC (1 h 4 m) `instance=n1`",
    ]


def test_alerts_that_say_more_than_the_headline_say_it_each() -> None:
    first, second = many(2)
    second = replace(second, annotations=second.annotations | {"impact": "none"})
    assert lines(first, second)[:-2] == ["**1.** `instance=n0`", "**2.** `instance=n1`", "Impact: none"]


def test_what_the_exporter_counts_by_needs_no_line() -> None:
    pods = [
        an_alert(labels={"alertname": "A", "pod": f"web-{n}", "uid": str(n), "container": f"c{n}"}) for n in range(3)
    ]
    assert blocks(*pods) == []


def test_alerts_that_differ_in_nothing_have_no_empty_lines() -> None:
    assert [line for line in lines(*[an_alert()] * 5) if line.startswith("**")] == []
    assert [line for line in lines(*[an_alert()] * 50) if "•" in line or "more" in line] == []


def test_an_alert_that_only_others_say_more_than_is_left_out() -> None:
    more = an_alert(labels=an_alert().labels | {"zone": "b", "rack": "7"})
    assert [line for line in lines(an_alert(), more) if line.startswith("**")] == ["**2.** `zone=b` `rack=7`"]


def test_what_differs_is_said_for_each() -> None:
    first = an_alert(labels={"alertname": "A", "host": "x"}, annotations={"summary": "one", "description": "shared"})
    second = an_alert(
        labels={"alertname": "C", "host": "y"},
        annotations={"summary": "two", "description": "shared"},
        starts_at=START.replace(hour=15),
    )
    assert lines(first, second)[:-1] == [
        "shared",
        "**1.** A since 14:02 UTC (2 h 4 m) `host=x`",
        "one",
        "**2.** C since 15:02 UTC (1 h 4 m) `host=y`",
        "two",
    ]


def test_different_summaries_that_the_headline_tells_are_not_told_again() -> None:
    alerts = [an_alert(labels={"alertname": name}, annotations={"summary": f"{name} is bad"}) for name in "AC"]
    assert headline.line(a_story(*alerts), 500).text.endswith(" · A, C — A is bad / C is bad · D-42")
    assert lines(*alerts)[:-1] == ["**1.** A", "**2.** C"]


def test_more_than_five_alerts_take_one_line_each() -> None:
    alerts = [an_alert(labels={"alertname": "A", "n": str(n)}, annotations={"summary": f"s{n}"}) for n in range(6)]
    assert lines(*alerts)[:6] == [f"• `n={n}` — s{n}" for n in range(6)]


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
    assert lines(an_alert(labels=labels))[0] == " ".join(f"`l{number}=v`" for number in range(2, 14)) + " +16 labels"


def test_the_card_carries_colour_time_and_link() -> None:
    attachment = shown()
    assert attachment["color"] == "#D32F2F"
    assert attachment["title"] == "Since 14:02 UTC (2 h 4 m)"
    assert attachment["title_link"] == "http://prometheus.example.com/graph"


def test_the_title_of_alerts_that_began_apart_says_the_first_and_the_last() -> None:
    later = an_alert(starts_at=START.replace(hour=15))
    assert shown(an_alert(), later)["title"] == "First 14:02 UTC, last 15:02 UTC"


def test_a_card_without_a_word_says_its_title_as_text() -> None:
    assert shown(an_alert(generator_url=""), trail_url="", external_url="") == {
        "color": "#D32F2F", "text": "Since 14:02 UTC (2 h 4 m)",
    }  # fmt: skip


def test_a_bad_link_is_left_out_not_sent_empty() -> None:
    story = a_story(an_alert(generator_url="javascript:alert(1)"), external_url="")
    assert "title_link" not in (card.attachment(story, 4000) or {})


def test_what_alerthub_itself_says_stands_first() -> None:
    note = "Meant for #ops, which takes no messages since 10:02: Not authorized"
    assert lines(note=note, owed_at=NOW - timedelta(minutes=12))[:3] == [
        "Meant for #\u2060ops, which takes no messages since 10:02: Not authorized",
        "⏳ owed since 15:55 UTC",
        "[Source](http://prometheus.example.com/graph) · [Alertmanager](http://alertmanager.example.com:9093/#/alerts?receiver="
        f"alerthub) · [AlertHub trail]({TRAIL})",
    ]


def test_what_a_note_quotes_is_harmless() -> None:
    assert lines(note="@all [x](http://evil.example)")[0] == "@\u2060all `[x](http://evil.example)`"


def test_a_note_that_leaves_too_little_room_stands_alone() -> None:
    assert lines(note="Meant for ops. " * 9, limit=300) == [("Meant for ops. " * 9).strip()]


def test_lateness_gives_way_to_the_alerts_where_only_one_finds_room() -> None:
    late = NOW - timedelta(minutes=12)
    assert lines(owed_at=late, limit=200) == lines(limit=200)


def test_a_test_message_has_a_card_that_asks_for_nothing() -> None:
    attachment = shown(is_test=True, alerts=())
    assert (attachment["title"], attachment["text"]) == ("Nothing needs to be done", "No alert is behind this message.")


def test_too_little_room_gives_no_card() -> None:
    assert card.attachment(a_story(), 100) is None
    assert card.worded(a_story(), "somebody's own words", 100) is None


@pytest.mark.parametrize("limit", [200, 500, 1000, 5000])
def test_a_card_never_exceeds_its_limit(limit: int) -> None:
    alerts = many(50, annotations={"summary": "🔥 * " * 900, "description": "d@ " * 9000})
    attachment = shown(*alerts, limit=limit)
    assert units(str(attachment["text"])) + units(str(attachment["title"])) <= limit
