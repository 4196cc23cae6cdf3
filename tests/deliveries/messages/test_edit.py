"""A message edited in place: one text with every alert's state, the same for the same state."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deliveries.alertmanager import IncomingAlert
from deliveries.messages import Look, Story, render_edit, render_editable
from deliveries.messages.fit import units
from tests.deliveries.messages.test_render import STORIES
from tests.deliveries.stories import NOW, START, TRAIL, a_story, an_alert

LINKS = (
    "[Source](http://prometheus.example.com/graph) · "
    "[Alertmanager](http://alertmanager.example.com:9093/#/alerts?receiver=alerthub) · "
    f"[AlertHub trail]({TRAIL})"
)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))


def on(number: int, **changes: Any) -> IncomingAlert:
    labels = {"alertname": "DiskFull", "severity": "critical", "instance": f"db{number}", "job": "node"}
    start = START + timedelta(minutes=number)
    return an_alert(labels=labels, starts_at=start, fingerprint=str(number), **changes)


def over(number: int) -> IncomingAlert:
    return on(number, status="resolved", ends_at=START + timedelta(minutes=39))


def lines(*alerts: IncomingAlert, limit: int = 5000, **changes: Any) -> list[str]:
    return render_edit(a_story(*alerts, **changes), Look(text_limit=limit)).split("\n")


def test_firing_and_resolved_alerts_stand_in_one_text() -> None:
    assert lines(over(1), on(2), on(3)) == [
        "🔴 *FIRING* (2 of 3 alerts) · critical · DiskFull `instance=db2, db3` — Disk is full · D-42",
        "🔴 since 23 Nov 14:04 UTC `instance=db2`",
        "🔴 since 23 Nov 14:05 UTC `instance=db3`",
        "✅ 23 Nov 14:03–14:41 UTC, lasted 38 m `instance=db1`",
        "All: `job=node`",
        LINKS,
    ]


def test_the_headline_tells_of_what_fires() -> None:
    resolved = an_alert(status="resolved", ends_at=NOW, labels={"alertname": "Up"}, annotations={"summary": "Is up"})
    assert (
        lines(resolved, an_alert())[0]
        == "🔴 *FIRING* (1 of 2 alerts) · critical · DiskFull `instance=db1:9100` — Disk is full · D-42"
    )


def test_when_all_is_over_the_text_is_green() -> None:
    assert lines(over(1), over(2), status="resolved")[:4] == [
        "✅ *RESOLVED* (2) · critical · DiskFull `instance=db1, db2` · D-42",
        "was: Disk is full",
        "✅ 23 Nov 14:03–14:41 UTC, lasted 38 m `instance=db1`",
        "✅ 23 Nov 14:04–14:41 UTC, lasted 37 m `instance=db2`",
    ]


def test_a_single_alert_says_what_the_headline_has_not_said() -> None:
    alert = an_alert(annotations={"summary": "Disk is full", "description": "3 GiB are left."})
    assert lines(alert)[:3] == [
        "🔴 *FIRING* · critical · DiskFull `instance=db1:9100` — Disk is full · D-42",
        "3 GiB are left.",
        "🔴 since 23 Nov 14:02 UTC",
    ]


def test_alerts_of_different_names_and_severities_say_theirs() -> None:
    slow = an_alert(labels={"alertname": "Slow", "severity": "warning"}, annotations={"summary": "Takes long"})
    assert "🟠 Slow since 23 Nov 14:02 UTC — Takes long" in lines(an_alert(), slow)


def test_what_is_over_never_reads_as_if_it_were_so() -> None:
    up = replace(on(2), annotations={"summary": "Link of db2 is slow"})
    down = replace(over(1), annotations={"summary": "Link down"})
    told = lines(down, up)
    assert told[0].startswith("🔴 *FIRING* (1 of 2 alerts) · critical · DiskFull — Link of db2 is slow")
    assert "✅ 23 Nov 14:03–14:41 UTC, lasted 38 m `instance=db1` — was: Link down" in told


def test_a_severity_word_that_only_the_table_knows_has_the_mark_of_the_message() -> None:
    assert lines(an_alert(labels={"severity": "page"}))[1].startswith("🔴 since")


def test_a_year_that_is_not_the_newest_is_named() -> None:
    old = an_alert(starts_at=datetime(2025, 1, 2, 3, 4, tzinfo=UTC), fingerprint="old")
    assert any(line.startswith("🔴 since 2025-01-02 03:04 UTC") for line in lines(old, an_alert()))


def test_a_note_and_lateness_are_told_without_an_age() -> None:
    told = lines(note="Meant for #ops.", owed_at=NOW - timedelta(minutes=12))
    assert told[1:3] == ["Meant for #\u2060ops.", "⏳ late, owed since 23 Nov 15:55 UTC"]


def test_what_does_not_fit_is_counted_with_a_link_to_all() -> None:
    told = lines(*(on(number) for number in range(40)), limit=900)
    shown = [line for line in told if line.startswith("🔴 since")]
    assert f"**+{40 - len(shown)} more** – [full list]({TRAIL})" in told


def test_the_first_message_has_the_same_text_and_nothing_an_edit_could_not_change() -> None:
    story = a_story(over(1), on(2))
    body = render_editable(story, Look(alias="AlertHub"))
    assert body == {"text": render_edit(story, Look()), "parseUrls": False, "alias": "AlertHub"}


def test_a_test_message_can_be_edited_too() -> None:
    assert lines(is_test=True, alerts=())[0].startswith("🧪 *TEST*")


@settings(deadline=None)
@given(STORIES, MOMENTS)
def test_an_unchanged_state_is_an_unchanged_text(story: Story, later: datetime) -> None:
    story = replace(story, owed_at=None)
    again = replace(story, now=later, alerts=story.alerts[::-1])
    alike = len({(alert.status, alert.starts_at, *sorted(alert.labels.items())) for alert in story.alerts})
    if alike == len(story.alerts):
        assert render_edit(story, Look()) == render_edit(again, Look())


@settings(deadline=None)
@given(STORIES, st.integers(500, 6000))
def test_any_story_keeps_the_limit(story: Story, limit: int) -> None:
    text = render_edit(story, Look(text_limit=limit))
    assert units(text) <= limit
    text.encode()
    assert f"D-{story.delivery_id}" in text


@settings(deadline=None)
@given(STORIES)
def test_every_alert_is_shown_or_counted(story: Story) -> None:
    if story.is_test:
        return
    text = render_edit(story, Look(text_limit=700))
    shown = sum(bool(re.match(r"[🔴🟠🔵⚪✅] .*(since|UTC|not known)", line)) for line in text.split("\n")[1:])
    more = re.search(r"\*\*\+(\d+) more\*\* – ", text)
    assert shown + int(more[1] if more else 0) == len(story.alerts)


@settings(deadline=None)
@given(STORIES)
def test_no_mention_is_active(story: Story) -> None:
    text = render_edit(story, Look())
    assert not re.search(r"(?<![A-Za-z0-9_.+-])@\w|@(?:all|here)\b", text)


@pytest.mark.parametrize("limit", [500, 100_000])
def test_a_long_text_is_cut_at_the_border_of_an_alert(limit: int) -> None:
    told = lines(*(on(number, annotations={"summary": f"{number} " * 90}) for number in range(500)), limit=limit)
    assert units("\n".join(told)) <= limit
