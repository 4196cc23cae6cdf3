"""Reading notifications: normal ones, and those in which something of the whole is odd or missing."""

from __future__ import annotations

from typing import Any

import pytest

from deliveries.alertmanager import read
from tests.deliveries.alertmanager.bodies import ALERT, sent, without


def test_a_normal_notification_carries_no_flags() -> None:
    payload = sent()
    assert payload.flags == payload.alerts[0].flags == ()
    assert (payload.status, payload.receiver, payload.group_key) == (
        "firing",
        "alerthub",
        '{}:{alertname="DiskFull"}',
    )
    assert payload.external_url == "http://alertmanager:9093"


@pytest.mark.parametrize("alerts", [[], None])
def test_a_notification_without_alerts_is_accepted(alerts: list[Any] | None) -> None:
    assert sent(alerts=alerts).alerts == ()


def test_a_missing_alerts_list_is_flagged_when_the_rest_is_a_notification() -> None:
    assert without("alerts").flags == ("alerts_missing",)


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
