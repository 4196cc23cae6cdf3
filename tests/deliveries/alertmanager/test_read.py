"""Reading webhook bodies: normal ones, odd ones and those that are no notification at all."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deliveries.alertmanager import FLAGS, IncomingAlert, Malformed, Payload, read
from deliveries.alertmanager.malformed import REASONS

ALERT = {
    "status": "firing",
    "labels": {"alertname": "DiskFull", "severity": "warning"},
    "annotations": {"summary": "Disk is full"},
    "startsAt": "2026-11-23T14:02:11.123456789Z",
    "endsAt": "0001-01-01T00:00:00Z",
    "generatorURL": "http://prometheus/graph",
    "fingerprint": "9266ef3da838ad95",
}
BODY = {
    "version": "4",
    "groupKey": '{}:{alertname="DiskFull"}',
    "truncatedAlerts": 0,
    "receiver": "alerthub",
    "status": "firing",
    "alerts": [ALERT],
    "groupLabels": {"alertname": "DiskFull"},
    "commonLabels": {"alertname": "DiskFull", "severity": "warning"},
    "commonAnnotations": {"summary": "Disk is full"},
    "externalURL": "http://alertmanager:9093",
}


def sent(**changes: Any) -> Payload:
    return read(json.dumps({**BODY, **changes}).encode())


def without(key: str) -> Payload:
    return read(json.dumps({name: value for name, value in BODY.items() if name != key}).encode())


def alert(**changes: Any) -> IncomingAlert:
    return sent(alerts=[{**ALERT, **changes}]).alerts[0]


def refusal(body: bytes) -> Malformed:
    with pytest.raises(Malformed) as caught:
        read(body)
    return caught.value


def outcome(body: bytes) -> str:
    try:
        read(body)
    except Malformed as refused:
        return refused.reason
    return "read"


def test_a_normal_notification_carries_no_flags() -> None:
    payload = sent()
    assert payload.flags == payload.alerts[0].flags == ()
    assert (payload.status, payload.receiver, payload.group_key) == (
        "firing",
        "alerthub",
        '{}:{alertname="DiskFull"}',
    )
    assert payload.external_url == "http://alertmanager:9093"


def test_an_alert_keeps_what_it_says() -> None:
    found = alert()
    assert (found.name, found.status, found.fingerprint) == ("DiskFull", "firing", "9266ef3da838ad95")
    assert found.annotations == {"summary": "Disk is full"}
    assert found.generator_url == "http://prometheus/graph"
    assert found.ends_at is None


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b" \r\n\t", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"{", "not_json"),
        (b"payload=%7B%7D", "not_json"),
        (b'{"alerts": []} x', "not_json"),
        (b"null", "not_an_object"),
        (b'"x"', "not_an_object"),
        (b"17", "not_an_object"),
        (b"[]", "not_an_object"),
        (b'["labels"]', "not_an_object"),
        (b'[{"labels": {"alertname": "X"}, "generatorURL": "http://p"}]', "prometheus_list"),
        (b"{}", "no_alerts"),
        (b'{"text": "hello"}', "no_alerts"),
        (b'{"groupKey": "x", "alerts": {"a": 1}}', "no_alerts"),
        (b'{"groupKey": "x", "alerts": "none"}', "no_alerts"),
        (b'{"alerts": [], "x": NaN}', "bad_number"),
        (b'{"alerts": [], "x": -Infinity}', "bad_number"),
        (b'{"alerts": [], "x": 1e5000}', "bad_number"),
        (b'{"alerts": [], "x": 1' + b"0" * 5000 + b"}", "bad_number"),
        (b'{"alerts": [], "alerts": []}', "duplicate_key"),
        (b'{"alerts": [{"labels": {"a": "1", "a": "2"}}]}', "duplicate_key"),
        (b"[" * 5000 + b"]" * 5000, "too_deep"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "too_deep"),
        (b'{"alerts": [' + b"{}," * 10_000 + b"{}]}", "too_many_alerts"),
        (b'{"alerts": [], "x": [' + b"0," * 2_000_001 + b"0]}", "too_complex"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_body_that_is_no_notification_is_refused_with_its_reason(body: bytes, reason: str) -> None:
    assert refusal(body).reason == reason


@pytest.mark.parametrize("reason", sorted(REASONS))
def test_every_refusal_is_a_text_for_people(reason: str) -> None:
    text = str(Malformed(reason, "7"))
    assert len(text) > 60
    assert "{detail}" not in text


def test_a_refusal_names_the_place_of_the_fault() -> None:
    assert "line 2, column 5" in str(refusal(b'{"alerts":\n    nope}'))


def test_too_many_alerts_are_named_by_their_number() -> None:
    assert "10001 alerts" in str(refusal(b'{"alerts": [' + b"{}," * 10_000 + b"{}]}"))


def test_a_list_from_prometheus_is_told_both_files_to_change() -> None:
    text = str(refusal(b'[{"labels": {}}]'))
    assert "alertmanagers:" in text
    assert "webhook_configs:" in text


def test_a_refusal_never_repeats_the_body() -> None:
    assert "s3cret" not in str(refusal(b'{"token": "s3cret" oops'))


def test_ten_thousand_alerts_are_taken() -> None:
    assert len(sent(alerts=[{}] * 10_000).alerts) == 10_000


def test_a_body_of_megabytes_is_taken_when_its_values_are_few() -> None:
    assert alert(annotations={"summary": "x" * 2_000_000}).flags == ("value_truncated",)


@pytest.mark.parametrize("alerts", [[], None])
def test_a_notification_without_alerts_is_accepted(alerts: list[Any] | None) -> None:
    assert sent(alerts=alerts).alerts == ()


def test_a_missing_alerts_list_is_flagged_when_the_rest_is_a_notification() -> None:
    assert without("alerts").flags == ("alerts_missing",)


@pytest.mark.parametrize(
    ("encoding", "bom"),
    [("utf-8", b"\xef\xbb\xbf"), ("utf-16", b""), ("utf-16-le", b""), ("utf-16-be", b""), ("utf-32", b"")],
)
def test_other_encodings_of_unicode_are_read(encoding: str, bom: bytes) -> None:
    body = bom + json.dumps({**BODY, "receiver": "größe 🔥"}, ensure_ascii=False).encode(encoding)
    assert (read(body).receiver, read(body).flags) == ("größe 🔥", ())


def test_unreadable_bytes_are_replaced_and_flagged() -> None:
    payload = read(json.dumps(BODY).encode().replace(b"alerthub", b"alert\xffhub"))
    assert (payload.receiver, payload.flags) == ("alert\ufffdhub", ("invalid_utf8",))


def test_a_declared_western_encoding_is_used_when_utf8_fails() -> None:
    body = json.dumps({**BODY, "receiver": "größe"}, ensure_ascii=False).encode("latin-1")
    payload = read(body, "application/json; charset=ISO-8859-1")
    assert (payload.receiver, payload.flags) == ("größe", ())


@pytest.mark.parametrize("stray", ["\\u0000", "\\ud800", "\\udfff\\ud800"])
def test_what_a_database_cannot_store_is_replaced_and_flagged(stray: str) -> None:
    payload = read(json.dumps(BODY).replace("Disk is full", f"a{stray}b").encode())
    assert payload.alerts[0].annotations["summary"].replace("\ufffd", "") == "ab"
    assert payload.flags == ("text_repaired",)


def test_a_raw_nul_inside_a_text_is_replaced() -> None:
    assert read(json.dumps(BODY).replace("alerthub", "alert\0hub").encode()).receiver == "alert\ufffdhub"


def test_stray_code_points_in_label_names_are_replaced() -> None:
    assert alert(labels={"a\ud800": "1"}).labels == {"a\ufffd": "1"}


def test_an_escaped_emoji_is_not_a_stray() -> None:
    payload = sent(receiver="🔥")
    assert (payload.receiver, payload.flags) == ("🔥", ())


@pytest.mark.parametrize(
    ("given_value", "text"),
    [
        (7, "7"),
        (1.5, "1.5"),
        (True, "true"),
        (False, "false"),
        ({"a": [1]}, '{"a":[1]}'),
        (["x", "é"], '["x","é"]'),
    ],
)
def test_values_that_are_no_text_are_written_as_text(given_value: Any, text: str) -> None:
    found = sent(alerts=[{**ALERT, "labels": {"x": given_value}}])
    assert found.alerts[0].labels == {"x": text}
    assert "value_coerced" in found.alerts[0].flags


@pytest.mark.parametrize("empty", ["", None])
def test_an_empty_label_is_a_missing_label(empty: str | None) -> None:
    assert alert(labels={"alertname": "X", "team": empty}).labels == {"alertname": "X"}


@pytest.mark.parametrize(
    ("key", "value", "flag"),
    [
        ("labels", ["a"], "labels_odd"),
        ("annotations", "text", "annotations_odd"),
        ("status", "flapping", "status_unknown"),
        ("status", None, "status_unknown"),
        ("status", 1, "status_unknown"),
        ("startsAt", "yesterday", "starts_at_odd"),
        ("startsAt", None, "starts_at_odd"),
        ("fingerprint", None, "fingerprint_computed"),
        ("fingerprint", "no/slash", "fingerprint_computed"),
        ("fingerprint", 12, "fingerprint_computed"),
        ("labels", {"a": 1}, "value_coerced"),
        ("labels", {"a": "v" * 70_000}, "value_truncated"),
        ("labels", {"n" * 2000: "v"}, "name_truncated"),
        ("labels", {f"l{number}": "v" for number in range(201)}, "labels_cut"),
    ],
)
def test_an_odd_field_of_an_alert_is_flagged_and_the_alert_kept(key: str, value: Any, flag: str) -> None:
    found = alert(**{key: value})
    assert flag in found.flags
    assert found.status == "firing"


def test_the_status_is_read_whatever_its_case() -> None:
    assert alert(status=" RESOLVED ").status == "resolved"


def test_too_long_values_end_with_a_marker() -> None:
    value = alert(labels={"a": "v" * 70_000}).labels["a"]
    assert len(value) == 64 * 1024
    assert value.endswith("[cut by AlertHub]")


def test_the_labels_that_routing_needs_survive_the_cap() -> None:
    many = {f"a{number:03}": "v" for number in range(300)}
    labels = alert(labels={**many, "alertname": "X", "severity": "page"}).labels
    assert (len(labels), labels["alertname"], labels["severity"]) == (200, "X", "page")


def test_entries_that_are_no_alerts_are_counted() -> None:
    payload = sent(alerts=[ALERT, "x", None, []])
    assert (len(payload.alerts), payload.flags) == (1, ("alerts_skipped:3",))


@pytest.mark.parametrize(
    ("version", "read_as", "flags"),
    [
        ("4", "4", ()),
        (4, "4", ()),
        ("3", "3", ("version_unknown",)),
        ("5", "5", ("version_unknown",)),
        (None, "", ("version_unknown",)),
        (True, "true", ("value_coerced", "version_unknown")),
    ],
)
def test_other_versions_are_read_and_flagged(version: Any, read_as: str, flags: tuple[str, ...]) -> None:
    payload = sent(version=version)
    assert (payload.version, payload.flags) == (read_as, flags)


@pytest.mark.parametrize(
    ("sent_fields", "read_fields"),
    [
        ({"values": {"A": 93.23943737541908, "C": 1}}, {"values": "A=93.2394, C=1"}),
        ({"values": {"A": 1e6, "B": 999_999.9}}, {"values": "A=1000000, B=1e+06"}),
        ({"values": {"A": 12345678.9, "B": 0.00001234, "C": None}}, {"values": "A=12345679, B=1.234e-05, C="}),
        ({"values": None, "valueString": "[ var='A' value=1 ]"}, {"valueString": "[ var='A' value=1 ]"}),
        ({"values": {"A": 1}, "valueString": "[ var='A' value=1 ]"}, {"values": "A=1"}),
        ({"values": [], "silenceURL": "https://g.example/s"}, {"silenceURL": "https://g.example/s"}),
        ({"silenceURL": "", "dashboardURL": "https://g.example/d", "panelURL": " "}, {"dashboardURL": "https://g.example/d"}),
        ({"values": {str(number): number for number in range(21)}},
         {"values": ", ".join(f"{number}={number}" for number in range(20)) + ", …"}),
        ({}, {}),
    ],
)  # fmt: skip
def test_what_only_grafana_says_of_an_alert_is_read(sent_fields: dict[str, Any], read_fields: dict[str, str]) -> None:
    assert alert(**sent_fields).grafana_fields == read_fields


def test_what_falco_calls_a_rule_is_the_name() -> None:
    assert alert(labels={"rule": "Terminal shell in container"}).name == "Terminal shell in container"
    assert alert(labels={"rule": "a rule", "alertname": "DiskFull"}).name == "DiskFull"


def test_grafana_is_read_like_alertmanager() -> None:
    payload = sent(version="1", orgId=1, state="alerting", title="[FIRING:1]", message="**Firing**")
    assert (len(payload.alerts), payload.flags) == (1, ("grafana",))


@pytest.mark.parametrize(
    ("value", "read_as", "flags"),
    [
        (37, 37, ()),
        (None, 0, ()),
        ("37", 37, ("truncated_alerts_odd",)),
        (3.0, 3, ("truncated_alerts_odd",)),
        (-1, 0, ("truncated_alerts_odd",)),
        (10**30, 2**31 - 1, ("truncated_alerts_odd",)),
        (True, 0, ("truncated_alerts_odd",)),
        ("many", 0, ("truncated_alerts_odd",)),
    ],
)
def test_truncated_alerts_is_always_a_count_a_database_can_hold(
    value: Any, read_as: int, flags: tuple[str, ...]
) -> None:
    payload = sent(truncatedAlerts=value)
    assert (payload.truncated_alerts, payload.flags) == (read_as, flags)


@pytest.mark.parametrize(
    ("statuses", "status"),
    [(["resolved", "resolved"], "resolved"), (["resolved", "firing"], "firing"), ([], "firing")],
)
def test_an_unknown_group_status_follows_the_alerts(statuses: list[str], status: str) -> None:
    payload = sent(status="flapping", alerts=[{**ALERT, "status": one} for one in statuses])
    assert (payload.status, "status_unknown" in payload.flags) == (status, True)


def test_a_missing_group_key_is_made_from_receiver_and_group_labels() -> None:
    payload = without("groupKey")
    assert (payload.group_key, payload.flags) == ('alerthub:{alertname="DiskFull"}', ("group_key_computed",))


def test_unknown_keys_are_ignored() -> None:
    assert sent(routeLabels={"a": "b"}, something=[1, {"x": None}]) == sent()


def test_almost_nothing_is_still_a_notification() -> None:
    payload = read(b'{"alerts": [{}]}')
    assert payload.alerts[0].fingerprint == "cbf29ce484222325"
    assert payload.alerts[0].status == "firing"


def test_a_nested_label_value_is_written_as_compact_json() -> None:
    assert alert(labels={"a": {"b": ["c", {}]}}).labels["a"] == '{"b":["c",{}]}'


@pytest.mark.parametrize("stray", ["", "\\u0000"])
def test_no_depth_of_nesting_is_more_than_a_refusal(stray: str) -> None:
    limit = sys.getrecursionlimit()
    # Just below it lies what can be read but not written again.
    depths = (*range(1, limit - 150, 9), *range(limit - 150, limit + 500, 9 if stray else 1))
    bodies = ("[" * depth + f'"{stray}"' + "]" * depth for depth in depths)
    outcomes = {outcome(b'{"alerts": [{"labels": {"a": ' + nested.encode() + b"}}]}") for nested in bodies}
    assert outcomes == {"read", "too_deep"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
ODD_ALERT = st.dictionaries(st.sampled_from(sorted(ALERT)), JSON) | JSON
ODD_BODY = st.fixed_dictionaries(
    {"alerts": st.lists(ODD_ALERT, max_size=3)}, optional={key: JSON for key in BODY if key != "alerts"}
)


@settings(max_examples=150, deadline=None)
@given(ODD_BODY)
def test_any_object_with_a_list_of_alerts_is_read(body: dict[str, Any]) -> None:
    payload = read(json.dumps(body).encode())
    payload.group_key.encode()
    assert {flag.partition(":")[0] for flag in payload.flags} <= FLAGS.keys()
    assert all(set(one.flags) <= FLAGS.keys() for one in payload.alerts)


@settings(max_examples=150, deadline=None)
@given(st.binary() | st.text().map(str.encode))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    assert outcome(body) in {"read", *REASONS}


def test_what_names_an_alert_and_says_how_bad_it_is_is_never_cut() -> None:
    said = {"alertname": "X", "rule": "Y", "severity": "page", "level": "error", "priority": "Critical"}
    many = {f"l{number}": "v" for number in range(300)} | said
    labels = alert(labels=many).labels
    assert (len(labels), labels.items() >= said.items()) == (200, True)
