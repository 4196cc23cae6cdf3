"""What is just inside of a limit is read as it is; what is just outside of it is cut, refused or flagged."""

from __future__ import annotations

import json
from typing import Any

import pytest

from deliveries.alertmanager import IncomingAlert, Malformed, Payload, read

pytestmark = pytest.mark.anywhere
ALERT = {"status": "firing", "labels": {"alertname": "A"}, "startsAt": "2026-11-23T14:02:11Z", "fingerprint": "aa"}
BODY = {"version": "4", "groupKey": "k", "receiver": "r", "status": "firing", "alerts": [ALERT]}


def sent(**changes: Any) -> Payload:
    return read(json.dumps({**BODY, **changes}).encode())


def alert(**changes: Any) -> IncomingAlert:
    return sent(alerts=[{**ALERT, **changes}]).alerts[0]


def outcome(body: bytes) -> str:
    try:
        read(body)
    except Malformed as refused:
        return refused.reason
    return "read"


@pytest.mark.parametrize(("count", "reason"), [(1_999_996, "read"), (1_999_997, "too_complex")])
def test_a_body_may_hold_two_million_values(count: int, reason: str) -> None:
    """Four signs are of the object and the two lists in it, and of the comma between these."""
    assert outcome(b'{"alerts": [], "x": [0' + b",0" * count + b"]}") == reason


def test_objects_and_lists_are_values_too() -> None:
    assert outcome(b'{"alerts": [], "x": [' + b"[{}]," * 700_000 + b"0]}") == "too_complex"


@pytest.mark.parametrize("key", ["groupKey", "groupLabels", "commonLabels"])
def test_one_field_of_a_group_is_enough_for_a_notification_without_alerts(key: str) -> None:
    payload = read(json.dumps({"version": "4", "status": "firing", key: {}}).encode())
    assert (payload.alerts, "alerts_missing" in payload.flags) == ((), True)


@pytest.mark.parametrize(
    ("value", "flags"), [("v" * 65_536, ()), ("v" * 65_537, ("value_truncated",)), (None, ("value_coerced",))]
)
def test_a_value_may_have_64_kib(value: str | None, flags: tuple[str, ...]) -> None:
    found = alert(labels={"alertname": "A", "a": value})
    assert (found.flags, len(found.labels.get("a", ""))) == (flags, 65_536 if value else 0)


@pytest.mark.parametrize(("length", "flags"), [(65_536, ()), (65_537, ("value_truncated",))])
def test_a_text_of_the_group_may_have_64_kib(length: int, flags: tuple[str, ...]) -> None:
    payload = sent(receiver="v" * length)
    assert (payload.flags, len(payload.receiver)) == (flags, 65_536)


def test_beside_a_stray_code_point_what_is_no_text_stays_as_it_is() -> None:
    payload = sent(receiver="a\0b", truncatedAlerts=7, more=[None, True, 1.5])
    assert (payload.receiver, payload.truncated_alerts) == ("a\ufffdb", 7)


@pytest.mark.parametrize(("length", "flags"), [(1024, ()), (1025, ("name_truncated",))])
def test_a_name_may_have_a_thousand_characters(length: int, flags: tuple[str, ...]) -> None:
    found = alert(labels={"n" * length: "v"})
    [name] = found.labels
    assert (found.flags, len(name)) == (flags, 1024)


@pytest.mark.parametrize(("count", "flags"), [(200, ()), (201, ("labels_cut",))])
def test_an_alert_may_have_two_hundred_labels(count: int, flags: tuple[str, ...]) -> None:
    """Also where those that are always kept come first."""
    found = alert(labels={"alertname": "A", "severity": "info"} | {f"l{number}": "v" for number in range(count - 2)})
    assert (found.flags, len(found.labels)) == (flags, 200)


@pytest.mark.parametrize(("length", "made"), [(64, False), (65, True)])
def test_a_fingerprint_has_64_characters_at_most(length: int, made: bool) -> None:
    found = alert(fingerprint="f" * length)
    assert ("fingerprint_computed" in found.flags, len(found.fingerprint)) == (made, 16 if made else 64)


def test_a_version_of_any_length_is_kept_short() -> None:
    assert sent(version="9" * 100).version == "9" * 64


@pytest.mark.parametrize(
    ("fields", "flag"), [({"version": "1"}, "version_unknown"), ({"version": "3", "orgId": 1}, "version_unknown"),
                         ({"version": "1", "orgId": 1}, "grafana")],
)  # fmt: skip
def test_only_version_1_with_an_organisation_is_grafanas(fields: dict[str, Any], flag: str) -> None:
    assert sent(**fields).flags == (flag,)


@pytest.mark.parametrize(
    ("given", "count", "flags"),
    [
        (2**31 - 1, 2**31 - 1, ()),
        (2**31, 2**31 - 1, ("truncated_alerts_odd",)),
        ("9" * 10, 2**31 - 1, ("truncated_alerts_odd",)),
        ("9" * 11, 0, ("truncated_alerts_odd",)),
    ],
)
def test_a_count_is_what_a_database_can_hold(given: Any, count: int, flags: tuple[str, ...]) -> None:
    payload = sent(truncatedAlerts=given)
    assert (payload.truncated_alerts, payload.flags) == (count, flags)


@pytest.mark.parametrize(
    ("ends", "flags"), [("2026-11-23T14:02:11Z", ()), ("2026-11-23T14:02:10Z", ("ends_before_start",))]
)
def test_an_end_in_the_moment_of_the_start_is_nothing_odd(ends: str, flags: tuple[str, ...]) -> None:
    assert alert(status="resolved", endsAt=ends).flags == flags


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({"values": {str(number): number for number in range(20)}}, ", ".join(f"{n}={n}" for n in range(20))),
        ({"values": {"A": "x" * 41}}, "A=" + "x" * 40),
    ],
)
def test_values_of_grafana_are_shown_as_far_as_there_is_room(fields: dict[str, Any], shown: str) -> None:
    assert alert(**fields).grafana_fields == {"values": shown}


@pytest.mark.parametrize("beside", [{}, {"values": {}}, {"values": [1]}])
def test_a_value_string_is_read_where_no_values_are(beside: dict[str, Any]) -> None:
    assert alert(valueString="[ var='A' ]", **beside).grafana_fields == {"valueString": "[ var='A' ]"}
