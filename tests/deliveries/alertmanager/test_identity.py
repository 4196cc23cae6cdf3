"""What makes two alerts, receivers and notifications the same."""

from __future__ import annotations

import json
from typing import Any

import pytest

from deliveries.alertmanager import Payload, is_repeat, quoted_receiver, read, says_that_it_begins, state_of
from deliveries.alertmanager.identity import fingerprint, group_key

ALERTS = [
    {"status": "firing", "labels": {"a": "1"}, "startsAt": "2026-11-23T14:00:00Z", "fingerprint": "aa"},
    {"status": "firing", "labels": {"a": "2"}, "startsAt": "2026-11-23T14:01:00Z", "fingerprint": "bb"},
]


def told(alert: dict[str, Any] | None = None, **changes: Any) -> Payload:
    alerts = [{**ALERTS[0], **(alert or {})}, ALERTS[1]]
    body = {"version": "4", "groupKey": "k", "receiver": "r", "status": "firing", "alerts": alerts, **changes}
    return read(json.dumps(body).encode())


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({"job": "foo", "severity": "warning"}, "9266ef3da838ad95"),
        ({"severity": "critical", "job": "foo"}, "3b15fd163d36582e"),
        ({"job": "bar", "severity": "critical"}, "c7e68cb08e3e67f9"),
        ({"alertname": "alert1", "severity": "critical"}, "0223b772b51c29e1"),
        ({}, "cbf29ce484222325"),
    ],
)
def test_fingerprints_equal_those_of_prometheus(labels: dict[str, str], expected: str) -> None:
    assert fingerprint(labels) == expected


@pytest.mark.parametrize(
    ("quoted", "plain"),
    [("web\\.hook", "web.hook"), ("a\\+b\\(c\\)", "a+b(c)"), ("a\\\\b", "a\\b"), ("plain", "plain")],
)
def test_the_receiver_reads_as_in_the_configuration(quoted: str, plain: str) -> None:
    assert told(receiver=quoted).receiver == plain
    assert quoted_receiver(plain) == quoted


def test_a_made_up_group_key_does_not_depend_on_the_order_of_labels() -> None:
    assert group_key("r", {"b": "2", "a": '"'}) == group_key("r", {"a": '"', "b": "2"}) == 'r:{a="\\"", b="2"}'


@pytest.mark.parametrize(
    "other",
    [
        told(externalURL="http://other-peer:9093"),
        told(notification_reason="repeat interval elapsed"),
        told({"annotations": {"summary": "value is 7"}}),
        told({"generatorURL": "http://other-prometheus"}),
        told({"startsAt": "2026-11-23T15:00:00+01:00"}),
        told(alerts=list(reversed(ALERTS))),
    ],
    ids=["external_url", "reason", "annotations", "generator", "zone", "order"],
)
def test_two_peers_telling_the_same_state_have_one_digest(other: Payload) -> None:
    assert state_of(other) == state_of(told())


@pytest.mark.parametrize(
    "other",
    [
        told({"status": "resolved"}),
        told({"fingerprint": "cc"}),
        told(alerts=ALERTS[:1]),
        told(groupKey="other"),
        told(receiver="other"),
        told(truncatedAlerts=1),
    ],
    ids=["status", "fingerprint", "fewer", "group", "receiver", "truncated"],
)
def test_another_state_has_another_shape(other: Payload) -> None:
    assert state_of(other).shape != state_of(told()).shape


def test_another_start_is_told_apart_from_another_shape() -> None:
    other, known = state_of(told({"startsAt": "2026-11-23T14:00:01Z"})), state_of(told())
    assert (other.shape == known.shape, other.starts == known.starts) == (True, False)


def test_a_state_reads_the_same_in_every_release() -> None:
    """What was told is remembered by it: after an upgrade copies would be told twice."""
    assert state_of(told()) == ("de8e7351adb36cd25128415eec9e17a7", "0f8bbc7e555658e47a7a1c60a80fbd14")


@pytest.mark.parametrize(
    ("reason", "repeat"),
    [
        ("repeat interval elapsed", True),
        ("new alerts added", False),
        ("unknown", False),
        (None, False),
        ("", False),
    ],
)
def test_only_the_sender_can_call_a_notification_a_repeat(reason: str | None, repeat: bool) -> None:
    assert is_repeat(told(notification_reason=reason)) is repeat


@pytest.mark.parametrize(
    ("reason", "begins"),
    [
        ("first notification", True),
        ("New alerts added ", True),
        ("alerts unmuted", True),
        ("some alerts resolved", False),
        ("all alerts resolved", False),
        ("repeat interval elapsed", False),
        ("unknown", False),
        ("", False),
    ],
)
def test_a_reason_says_that_something_was_not_told_as_firing_yet(reason: str, begins: bool) -> None:
    assert says_that_it_begins(told(notification_reason=reason)) is begins
