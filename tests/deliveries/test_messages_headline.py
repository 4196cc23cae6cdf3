"""The line that push notifications show."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from deliveries.messages import headline
from deliveries.messages.fit import units
from tests.deliveries.stories import NOW, START, a_story, an_alert


def named(*names: str) -> list[Any]:
    return [an_alert(labels={"alertname": name}, annotations={}) for name in names]


def line(*alerts: Any, **changes: Any) -> str:
    return headline.line(a_story(*alerts, **changes), 500)


def test_a_single_alert_is_told_with_its_summary() -> None:
    assert line() == "🔴 *FIRING* · critical · DiskFull — Disk is full · D-42"


def test_a_resolved_alert_says_how_long_it_lasted() -> None:
    alert = an_alert(status="resolved", ends_at=START + timedelta(minutes=29))
    told = line(alert, status="resolved")
    assert told == "✅ *RESOLVED* · critical · DiskFull (lasted 29 m) — Disk is full · D-42"


def test_several_alerts_of_one_name_are_counted() -> None:
    assert line(an_alert(), an_alert()) == "🔴 *FIRING* (2) · critical · DiskFull — Disk is full · D-42"


def test_several_names_are_counted_each() -> None:
    assert line(*named("A", "C", "A")) == "🔴 *FIRING* (3) · critical · A ×2, C · D-42"


@pytest.mark.parametrize(
    ("names", "end"), [("ACEF", "A, C, E and 1 other kind"), ("ACEFG", "A, C, E and 2 other kinds")]
)
def test_more_than_three_names_are_summed_up(names: str, end: str) -> None:
    assert line(*named(*names)).endswith(f"{end} · D-42")


def test_few_different_summaries_are_all_told() -> None:
    alerts = [an_alert(annotations={"summary": text}) for text in ("one", "two", "")]
    assert " — one / two · " in line(*alerts)


def test_many_different_summaries_are_left_to_the_card() -> None:
    alerts = [an_alert(annotations={"summary": text}) for text in "abcd"]
    assert line(*alerts) == "🔴 *FIRING* (4) · critical · DiskFull · D-42"


@pytest.mark.parametrize("name", ["message", "description"])
def test_other_annotations_stand_in_for_a_summary(name: str) -> None:
    assert "— Look · " in line(an_alert(annotations={name: "Look"}))


def test_labels_stand_in_when_there_is_no_text() -> None:
    assert "DiskFull — `instance=db1:9100` · D-42" in line(an_alert(annotations={}))


def test_an_alert_without_name_and_severity_is_still_told() -> None:
    told = line(an_alert(labels={}, annotations={}), severity="")
    assert told == "⚪ *FIRING* · no severity · alert without a name · D-42"


def test_a_possible_duplicate_says_so() -> None:
    assert line(possible_duplicate=3).endswith(" · possible duplicate (attempt 3, D-42)")


@pytest.mark.parametrize(("seconds", "late"), [(0, ""), (60, ""), (61, "1 m late · "), (7500, "2 h 5 m late · ")])
def test_only_what_is_late_says_so(seconds: int, late: str) -> None:
    assert line(owed_at=NOW - timedelta(seconds=seconds)).endswith(f"Disk is full · {late}D-42")


def test_what_is_late_and_may_be_there_already_says_both() -> None:
    told = line(owed_at=NOW - timedelta(minutes=12), possible_duplicate=3)
    assert told.endswith(" · 12 m late · possible duplicate (attempt 3, D-42)")


def over(minutes: int = 7, **changes: Any) -> Any:
    return an_alert(status="resolved", ends_at=START + timedelta(minutes=minutes), **changes)


def test_a_firing_told_with_its_resolved_says_both_times() -> None:
    told = line(over(), status="resolved", fired_too=(an_alert(),))
    assert told == "✅ *RESOLVED* · critical · DiskFull (fired 14:02, resolved 14:09 UTC) — Disk is full · D-42"


def test_several_firing_told_with_their_resolved_say_the_first_and_the_last_time() -> None:
    told = line(over(7), over(9, fingerprint="b"), status="resolved", fired_too=(an_alert(), an_alert(fingerprint="b")))
    assert " · DiskFull (fired 14:02, resolved 14:11 UTC) — " in told


def test_some_of_several_firing_told_with_their_resolved_are_counted() -> None:
    told = line(over(), over(fingerprint="b"), status="resolved", fired_too=(an_alert(),))
    assert " · DiskFull (1 of them fired meanwhile) — " in told


def test_an_earlier_episode_of_the_same_alert_is_not_this_one() -> None:
    told = line(over(), status="resolved", fired_too=(an_alert(starts_at=START - timedelta(hours=1)),))
    assert "(lasted 7 m)" in told


def test_a_resend_names_the_first_delivery() -> None:
    assert line(resend_of=7).endswith(" · sent again (first as D-7) · D-42")


def test_a_test_message_says_what_works() -> None:
    told = line(is_test=True, alerts=(), rule_name="#ops on-call")
    assert told == "🧪 *TEST* · AlertHub test message: if you can read this, `#\u2060ops on-call` works · D-42"


@pytest.mark.parametrize("limit", [60, 100, 200])
def test_the_id_survives_any_limit(limit: int) -> None:
    labels = {"alertname": "n" * 150}
    told = headline.line(a_story(an_alert(labels=labels, annotations={"summary": "s " * 500})), limit)
    assert told.endswith("· D-42")
    assert units(told) <= limit
    assert told.startswith("🔴 *FIRING*")


@pytest.mark.parametrize(
    ("alerts", "title"),
    [
        (named("DiskFull"), "DiskFull"),
        (named("A", "A"), "A (2)"),
        (named("A", "B", "C", "D"), "A, B, C and 1 other kind (4)"),
        (named("\u200b"), "alert without a name"),
        (named(""), "alert without a name"),
    ],
)
def test_the_title_names_and_counts_the_alerts(alerts: list[Any], title: str) -> None:
    assert headline.title(a_story(*alerts)) == title
