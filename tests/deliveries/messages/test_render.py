"""The body that leaves for Rocket.Chat, for any alerts at all."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deliveries.alertmanager import IncomingAlert
from deliveries.messages import Look, Story, addresses, links, render, render_plain, safe
from deliveries.messages.fit import units
from tests.deliveries.stories import NOW, a_story, an_alert

TEXT = st.text(max_size=60) | st.sampled_from(
    [
        "@all",
        "@here",
        "#ops",
        "[x](http://evil.example)",
        "javascript:alert(1)",
        "http://ok.example/?q=(1)",
        "`" * 5,
    ]
)
MAPS = st.dictionaries(TEXT | st.sampled_from(["alertname", "summary", "description", "runbook_url"]), TEXT, max_size=5)
MOMENTS = st.none() | st.datetimes(datetime(1970, 1, 2), datetime(9998, 12, 30), timezones=st.just(UTC))
ALERTS = st.builds(
    IncomingAlert,
    status=st.sampled_from(["firing", "resolved"]),
    labels=MAPS,
    annotations=MAPS,
    starts_at=MOMENTS,
    ends_at=MOMENTS,
    generator_url=TEXT,
    fingerprint=st.just("a"),
    grafana_fields=st.dictionaries(st.sampled_from(["values", "panelURL", "silenceURL"]), TEXT, max_size=3),
)
STORIES = st.builds(
    Story,
    status=st.sampled_from(["firing", "resolved"]),
    severity=TEXT,
    alerts=st.lists(ALERTS, max_size=8).map(tuple),
    source_name=TEXT,
    rule_name=TEXT,
    delivery_id=st.integers(1, 2**63 - 1),
    trail_url=st.just("https://alerthub.example.com/d/1") | TEXT,
    external_url=TEXT,
    receiver=TEXT,
    group_labels=MAPS,
    truncated_alerts=st.integers(0, 2**31 - 1),
    now=st.just(NOW),
    possible_duplicate=st.integers(0, 9),
    resend_of=st.none() | st.integers(1, 99),
    is_test=st.booleans(),
    owed_at=st.none() | st.datetimes(datetime(2020, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),
    note=st.just("") | TEXT,
    fired_too=st.lists(ALERTS, max_size=3).map(tuple),
)


def card_of(body: dict[str, Any]) -> dict[str, Any]:
    return dict(body["attachments"][0])


def texts(body: dict[str, Any]) -> list[str]:
    cards = body.get("attachments", [])
    return [body["text"], *(card[key] for card in cards for key in ("title", "text") if key in card)]


def test_the_body_holds_only_what_was_asked_for() -> None:
    assert set(render(a_story(), Look())) == {"text", "parseUrls", "attachments"}


def test_the_look_of_a_target_is_kept() -> None:
    body = render(a_story(), Look(alias="AlertHub", emoji=":fire:", channel="#ops"))
    assert (body["alias"], body["icon_emoji"], body["channel"]) == ("AlertHub", ":fire:", "#ops")


def test_an_avatar_wins_over_an_emoji() -> None:
    body = render(a_story(), Look(emoji=":fire:", avatar="https://x.example/a.png"))
    assert body["icon_url"] == "https://x.example/a.png"
    assert "icon_emoji" not in body


def test_link_previews_are_off() -> None:
    assert render(a_story(), Look())["parseUrls"] is False


def test_the_plain_message_goes_to_the_same_room_with_nothing_to_refuse() -> None:
    look = Look(alias="AlertHub", emoji=":fire:", channel="#ops")
    assert render_plain(a_story(), look) == {
        "text": "🔴 *FIRING* · critical · DiskFull `instance=db1:9100` — Disk is full · D-42",
        "parseUrls": False,
        "channel": "#ops",
    }


def test_the_plain_message_says_whom_it_was_meant_for() -> None:
    note = "Meant for #ops, which takes no messages since 10:02: Not authorized"
    assert render_plain(a_story(note=note), Look())["text"] == (
        "🔴 *FIRING* · critical · DiskFull `instance=db1:9100` — Disk is full · D-42\n"
        "Meant for #\u2060ops, which takes no messages since 10:02: Not authorized"
    )


@pytest.mark.parametrize("limit", [500, 1000, 5000])
def test_a_note_has_room_under_any_limit(limit: int) -> None:
    alert = an_alert(labels={"alertname": "n" * 400}, annotations={"summary": "s " * 900, "description": "d " * 900})
    body = render(a_story(alert, note="Meant for ops.", owed_at=NOW - timedelta(hours=2)), Look(text_limit=limit))
    assert card_of(body)["text"].startswith("Meant for ops.  \n⏳ owed since 14:07 UTC")


@pytest.mark.parametrize("count", [1, 5, 5000])
def test_five_thousand_alerts_fit_like_one(count: int) -> None:
    alert = an_alert(annotations={"summary": "🔥" * 3000, "description": "@all " * 9000})
    body = render(a_story(*[alert] * count), Look(text_limit=5000))
    assert sum(map(units, texts(body))) <= 5000
    assert len(json.dumps(body, ensure_ascii=False)) <= 20_000


def test_what_fits_is_used() -> None:
    alerts = [an_alert(annotations={"summary": f"{n} " * 30, "description": "d " * 900}) for n in range(5)]
    assert units(card_of(render(a_story(*alerts), Look(text_limit=5000)))["text"]) > 1500


@settings(max_examples=200, deadline=None)
@given(STORIES, st.integers(150, 5000))
def test_any_alert_text_keeps_every_rule_of_rocketchat(story: Story, limit: int) -> None:
    body = render(story, Look(text_limit=limit))
    assert sum(map(units, texts(body))) <= limit
    assert all(texts(body))
    json.dumps(body, ensure_ascii=False).encode()
    for card in body.get("attachments", []):
        assert re.fullmatch(r"#[0-9A-F]{6}", card["color"])
        assert re.match(r"https?://[^/]", card.get("title_link", "https://x"))
        assert set(card) <= {"title", "title_link", "color", "text"}


@settings(max_examples=200, deadline=None)
@given(STORIES)
def test_no_mention_is_active_and_every_link_is_an_address_of_its_own(story: Story) -> None:
    said = [story.trail_url, links.alertmanager(story), *(alert.generator_url for alert in story.alerts)]
    said += [text for alert in story.alerts for text in (alert.annotations | alert.grafana_fields).values()]
    for text in texts(render(story, Look())):
        assert not re.search(r"(?<![A-Za-z0-9_.+-])@\w|@(?:all|here)\b", text)
        for label, url in re.findall(r"\[([^\[\]\u2060]*)\]\(([^()\s]*)\)", re.sub(r"`[^`]*`", "", text)):
            assert label == safe.label(label) != ""
            assert url in {addresses.address(each) for each in said} - {""}


@settings(max_examples=100, deadline=None)
@given(STORIES)
def test_the_plain_message_is_short_and_has_no_links(story: Story) -> None:
    body = render_plain(story, Look())
    assert set(body) == {"text", "parseUrls"}
    assert units(body["text"]) <= 500
    assert "](" not in re.sub(r"`[^`]*`", "", body["text"])
    assert f"D-{story.delivery_id}" in body["text"]
