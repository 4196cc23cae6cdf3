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
    return headline.line(a_story(*alerts, **changes), 500).text


def test_a_single_alert_is_told_with_its_place_and_its_summary() -> None:
    assert line() == "🔴 *FIRING* · critical · DiskFull `instance=db1:9100` — Disk is full · D-42"


def test_a_resolved_alert_says_how_long_it_lasted_and_not_what_it_said() -> None:
    alert = an_alert(status="resolved", ends_at=START + timedelta(minutes=29))
    told = line(alert, status="resolved")
    assert told == "✅ *RESOLVED* · critical · DiskFull `instance=db1:9100` (lasted 29 m) · D-42"


def test_several_alerts_of_one_name_are_counted() -> None:
    assert (
        line(an_alert(), an_alert())
        == "🔴 *FIRING* (2) · critical · DiskFull `instance=db1:9100` — Disk is full · D-42"
    )


def test_several_names_are_counted_each() -> None:
    assert line(*named("A", "C", "A")) == "🔴 *FIRING* (3) · critical · A ×2, C · D-42"


def test_a_label_that_finds_no_room_leaves_it_to_the_next() -> None:
    alerts = [an_alert(labels={"alertname": "A", "namespace": "n" * 49, "pod": f"p{number}"}) for number in range(2)]
    assert headline.which(alerts, 75) == f"`namespace={'n' * 49}` `pod=p0, p1`"
    assert headline.which(alerts, 74) == f"`namespace={'n' * 49}`"
    assert headline.which(alerts, 61) == "`pod=p0, p1`"


@pytest.mark.parametrize(
    ("names", "end"), [("ACEF", "A, C, E and 1 other kind"), ("ACEFG", "A, C, E and 2 other kinds")]
)
def test_more_than_three_names_are_summed_up(names: str, end: str) -> None:
    assert line(*named(*names)).endswith(f"{end} · D-42")


def test_few_different_summaries_are_all_told_where_no_label_differs() -> None:
    alerts = [an_alert(annotations={"summary": text}) for text in ("one", "two", "")]
    assert " — one / two · " in line(*alerts)


def test_many_different_summaries_are_left_to_the_card() -> None:
    alerts = [an_alert(annotations={"summary": text}) for text in "abcd"]
    assert line(*alerts) == "🔴 *FIRING* (4) · critical · DiskFull `instance=db1:9100` · D-42"


def on(**labels: str) -> Any:
    return an_alert(labels={"alertname": "DiskFull", **labels})


def test_labels_that_differ_say_more_than_summaries_that_differ() -> None:
    alerts = [an_alert(labels={"alertname": "A", "host": text}, annotations={"summary": text * 9}) for text in "ab"]
    assert line(*alerts) == "🔴 *FIRING* (2) · critical · A `host=a, b` · D-42"


def of_host(host: str, summary: str) -> Any:
    return an_alert(labels={"alertname": "A", "instance": f"{host}:9100"}, annotations={"summary": summary})


def test_summaries_that_differ_only_in_what_the_labels_say_are_told_once() -> None:
    alerts = [of_host(host, f"Disk of {host} fills up") for host in ("db1", "db2")]
    found = headline.line(a_story(*alerts), 500)
    assert found.text == "🔴 *FIRING* (2) · critical · A `instance=db1:9100, db2:9100` — Disk of … fills up · D-42"
    assert found.notes == {"Disk of db1 fills up", "Disk of db2 fills up"}


def test_summaries_that_differ_in_more_are_left_to_the_card() -> None:
    alerts = [of_host(host, f"Disk of {host} is {share} % full") for host, share in (("db1", 91), ("db2", 97))]
    found = headline.line(a_story(*alerts), 500)
    assert found.text.endswith(" · A `instance=db1:9100, db2:9100` · D-42")
    assert found.notes == frozenset()


def test_a_summary_that_ends_with_what_differs_is_said_in_full() -> None:
    alerts = [of_host(host, f"Disk fills up on {host}:9100") for host in ("db1", "db2")]
    found = headline.line(a_story(*alerts), 500)
    assert found.text.endswith(" — Disk fills up on … · D-42")
    assert len(found.notes) == 2


def test_what_only_some_say_is_not_told_of_all() -> None:
    told = [of_host("db1", "Disk fills up"), of_host("db2", "")]
    assert line(*told).endswith("`instance=db1:9100, db2:9100` · D-42")
    assert line(*told[::-1]).endswith("`instance=db2:9100, db1:9100` · D-42")


def test_a_single_letter_in_a_summary_is_no_value_of_a_label() -> None:
    alerts = [an_alert(labels={"alertname": "A", "host": one}, annotations={"summary": f"Plan {one}"}) for one in "ab"]
    assert line(*alerts).endswith(" · A `host=a, b` · D-42")


def test_alerts_that_differ_say_in_what_and_where_all_of_them_are() -> None:
    alerts = [on(job="node", instance="db1", mountpoint=path) for path in ("/", "/var")]
    assert " · DiskFull `instance=db1` `mountpoint=/, /var` — Disk is full · " in line(*alerts)


def test_three_values_are_named_and_the_others_counted() -> None:
    told = line(*(on(pod=f"web-{number}", namespace="shop") for number in range(5)))
    assert " · DiskFull `namespace=shop` `pod=web-0, web-1, web-2` +2 — " in told


@pytest.mark.parametrize(
    ("env", "shown"), [("staging", " `env=staging` `instance=a1`"), ("Production", " `instance=a1`")]
)
def test_the_environment_is_told_unless_it_is_production(env: str, shown: str) -> None:
    assert f" · DiskFull{shown} — Disk is full" in line(on(env=env, instance="a1"))


@pytest.mark.parametrize(
    ("summary", "shown"),
    [
        ("Disk of db1 is full", ""),
        ("Disk of db1:9100 is full", ""),
        ("Disk of db10 is full", " `instance=db1:9100`"),
        ("Disk of db1.example.com is full", " `instance=db1:9100`"),
        ("x" * 120 + " db1", " `instance=db1:9100`"),
    ],
)
def test_what_the_summary_names_is_not_named_twice(summary: str, shown: str) -> None:
    assert line(an_alert(annotations={"summary": summary})).startswith(f"🔴 *FIRING* · critical · DiskFull{shown} — ")


def test_a_summary_that_is_the_name_gives_way_to_what_says_more() -> None:
    told = line(an_alert(annotations={"summary": "DiskFull", "description": "3 GiB are left"}))
    assert told == "🔴 *FIRING* · critical · DiskFull `instance=db1:9100` — 3 GiB are left · D-42"


def test_the_line_knows_what_it_says_in_full() -> None:
    found = headline.line(a_story(), 500)
    assert (set(found.labels), set(found.notes)) == ({("instance", "db1:9100")}, {"Disk is full"})


@pytest.mark.parametrize("summary", ["s " * 400, "Disk\nis full"])
def test_what_is_cut_or_had_lines_is_not_said_in_full(summary: str) -> None:
    assert headline.line(a_story(an_alert(annotations={"summary": summary})), 500).notes == frozenset()


def test_a_long_value_is_cut_and_not_said_in_full() -> None:
    found = headline.line(a_story(on(service="s" * 100)), 500)
    assert ("`service=sss" in found.text, "s…`" in found.text, found.labels) == (True, True, frozenset())


@pytest.mark.parametrize("name", ["message", "description"])
def test_other_annotations_stand_in_for_a_summary(name: str) -> None:
    assert "— Look · " in line(an_alert(annotations={name: "Look"}))


def test_labels_stand_in_when_there_is_no_text() -> None:
    assert "DiskFull `instance=db1:9100` · D-42" in line(an_alert(annotations={}))


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
    assert told == "✅ *RESOLVED* · critical · DiskFull `instance=db1:9100` (fired 14:02, resolved 14:09 UTC) · D-42"


def test_several_firing_told_with_their_resolved_say_the_first_and_the_last_time() -> None:
    told = line(over(7), over(9, fingerprint="b"), status="resolved", fired_too=(an_alert(), an_alert(fingerprint="b")))
    assert " · DiskFull `instance=db1:9100` (fired 14:02, resolved 14:11 UTC) · " in told


def test_some_of_several_firing_told_with_their_resolved_are_counted() -> None:
    told = line(over(), over(fingerprint="b"), status="resolved", fired_too=(an_alert(),))
    assert " (1 of them fired meanwhile) · " in told


def test_an_earlier_episode_of_the_same_alert_is_not_this_one() -> None:
    told = line(over(), status="resolved", fired_too=(an_alert(starts_at=START - timedelta(hours=1)),))
    assert "(lasted 7 m)" in told


def test_what_is_sent_again_names_the_first_delivery() -> None:
    assert line(resend_of=7).endswith(" · sent again (first as D-7) · D-42")


def test_a_test_message_says_what_works() -> None:
    told = line(is_test=True, alerts=(), rule_name="#ops on-call")
    assert told == "🧪 *TEST* · AlertHub test message: if you can read this, `#\u2060ops on-call` works · D-42"


@pytest.mark.parametrize("limit", [60, 100, 200])
def test_the_id_survives_any_limit(limit: int) -> None:
    labels = {"alertname": "n" * 150}
    told = headline.line(a_story(an_alert(labels=labels, annotations={"summary": "s " * 500})), limit).text
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
def test_below_somebodys_own_line_the_title_names_and_counts_the_alerts(alerts: list[Any], title: str) -> None:
    assert headline.names_title(a_story(*alerts)) == title
