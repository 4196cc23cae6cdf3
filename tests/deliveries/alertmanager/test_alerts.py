"""Reading one alert: what it says is kept, what is odd about it is flagged, what is too much is cut."""

from __future__ import annotations

from typing import Any

import pytest

from tests.deliveries.alertmanager.bodies import ALERT, alert, sent


def test_an_alert_keeps_what_it_says() -> None:
    found = alert()
    assert (found.name, found.status, found.fingerprint) == ("DiskFull", "firing", "9266ef3da838ad95")
    assert found.annotations == {"summary": "Disk is full"}
    assert found.generator_url == "http://prometheus/graph"
    assert found.ends_at is None


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


def test_a_nested_label_value_is_written_as_compact_json() -> None:
    assert alert(labels={"a": {"b": ["c", {}]}}).labels["a"] == '{"b":["c",{}]}'


def test_what_names_an_alert_and_says_how_bad_it_is_is_never_cut() -> None:
    said = {"alertname": "X", "rule": "Y", "severity": "page", "level": "error", "priority": "Critical"}
    many = {f"l{number}": "v" for number in range(300)} | said
    labels = alert(labels=many).labels
    assert (len(labels), labels.items() >= said.items()) == (200, True)
