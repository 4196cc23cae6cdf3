"""Notifications, alerts, deliveries and attempts through the REST API: pages, filters, what one of them shows."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from deliveries import outbox
from deliveries.models import Alert, Attempt, Delivery, Notification, RejectedRequest
from deliveries.outbox import Result
from deliveries.reasons import Reason
from deliveries.rocketchat.outcomes import Ending
from routing.models import Source, Target
from tests import factories
from tests.callers import superuser
from tests.deliveries.lanes import claim, outcome
from tests.factories import alert, owed, payload

pytestmark = pytest.mark.django_db


@pytest.fixture
def api() -> APIClient:
    return superuser()


@pytest.fixture
def target() -> Target:
    target = factories.make_target()
    factories.make_rule("db", [target], matchers="team=db")
    factories.tell_fallback(target)
    return target


@pytest.fixture
def two(source: Source, target: Target, now: datetime) -> tuple[Delivery, Delivery]:
    """A critical one of the team db, and ten minutes later a warning of the team web."""
    first = owed(source, now, alert("DiskFull", team="db", path='C:\\data "x"'))
    second = owed(
        source, now + timedelta(minutes=10), alert("SlowPage", severity="warning", team="web"), group="{}:{b}"
    )
    return first[0], second[0]


def ids(answer: Any) -> list[int]:
    assert answer.status_code == 200, answer.text
    return [row["id"] for row in answer.json()["results"]]


def try_once(delivery: Delivery, now: datetime) -> None:
    claimed = claim(Target.objects.get(deliveries=delivery), now, only=delivery.pk)
    failed = outcome(now, Reason.DNS, Ending.NOT_SENT, status=None, error="No such host.", duration=0.02)
    outbox.record(claimed, [Result(*claimed.pairs[0], failed, '{"text": "hello"}')], now=now, draw=lambda: 0.5)


def test_the_newest_delivery_comes_first(api: APIClient, two: tuple[Delivery, Delivery]) -> None:
    assert ids(api.get("/api/v1/deliveries/")) == [two[1].pk, two[0].pk]


@pytest.mark.parametrize(
    "query",
    [
        "status=firing&severity=Critical",
        "rule=db",
        "alert=DiskFull",
        "label=team:db",
        "label=team=db",
        'label=team="db"',
        'label=path="C:\\\\data \\"x\\""',
        "label=team:db&label=severity:critical",
        "created_before=2026-11-23T10:05:00Z",
        "q=diskf",
        "q=DB&state=waiting&state=held",
    ],
)
def test_deliveries_are_found_by(api: APIClient, two: tuple[Delivery, Delivery], query: str) -> None:
    assert ids(api.get(f"/api/v1/deliveries/?{query}")) == [two[0].pk]


@pytest.mark.parametrize(
    "query",
    [
        "state=delivered",
        "kind=test",
        "status=resolved",
        "target=nobody",
        "target=999999999999999999999",
        "source=0",
        "label=team:d",
        "label=team:db&label=severity:warning",
        "alert=DiskFull&label=team:web",
        "fingerprint=abc",
        "created_after=2027-01-01",
        "q=%25",
    ],
)
def test_deliveries_are_not_found_by(api: APIClient, two: tuple[Delivery, Delivery], query: str) -> None:
    assert ids(api.get(f"/api/v1/deliveries/?{query}")) == []


def test_deliveries_are_found_by_the_id_of_target_rule_and_source(
    api: APIClient, two: tuple[Delivery, Delivery], source: Source
) -> None:
    query = {"target": str(two[0].target_id), "rule": str(two[0].rule_id), "source": str(source.pk)}
    assert ids(api.get("/api/v1/deliveries/", query)) == [two[0].pk]


def test_deliveries_of_a_deleted_target_are_found_by_its_name(
    api: APIClient, two: tuple[Delivery, Delivery], target: Target
) -> None:
    target.delete()
    assert len(ids(api.get("/api/v1/deliveries/?target=ops"))) == 2


def test_deliveries_are_found_by_fingerprint(api: APIClient, two: tuple[Delivery, Delivery]) -> None:
    fingerprint = Alert.objects.get(name="SlowPage").fingerprint
    assert ids(api.get(f"/api/v1/deliveries/?fingerprint={fingerprint}")) == [two[1].pk]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("state=gone", "state"),
        ("created_after=yesterday", "created_after"),
        ("created_after=0001-01-01T00:00:00%2B14:00", "created_after"),
        ("label=team", "label"),
        ("label=team!=db", "label"),
        ("label=:db", "label"),
        ("q=" + "x" * 201, "q"),
        ("q=%00", "q"),
    ],
)
def test_a_filter_that_makes_no_sense_is_refused(api: APIClient, query: str, field: str) -> None:
    answer = api.get(f"/api/v1/deliveries/?{query}")
    assert (answer.status_code, list(answer.json()["fields"])) == (400, [field])


def test_a_delivery_tells_its_whole_story(api: APIClient, two: tuple[Delivery, Delivery], now: datetime) -> None:
    try_once(two[0], now)
    body = api.get(f"/api/v1/deliveries/{two[0].pk}/").json()
    assert (body["state"], body["reason"], body["explanation"]) == ("waiting", "dns", "No such host.")
    assert [each["name"] for each in body["alerts"]] == ["DiskFull"]
    assert [(each["reason"], each["sent"]) for each in body["attempts"]] == [("dns", {"text": "hello"})]


def test_a_list_of_deliveries_leaves_attempts_out(api: APIClient, two: tuple[Delivery, Delivery]) -> None:
    assert "attempts" not in api.get("/api/v1/deliveries/").json()["results"][0]


def test_attempts_have_an_address_of_their_own(api: APIClient, two: tuple[Delivery, Delivery], now: datetime) -> None:
    try_once(two[0], now)
    body = api.get(f"/api/v1/deliveries/{two[0].pk}/attempts/").json()
    assert [each["number"] for each in body["results"]] == [1]


def test_the_url_of_a_delivery_leads_to_it(api: APIClient, two: tuple[Delivery, Delivery]) -> None:
    shown = api.get("/api/v1/deliveries/").json()["results"][0]
    assert api.get(shown["url"]).json()["id"] == shown["id"]


def test_a_notification_shows_what_came_and_what_was_decided(api: APIClient, two: tuple[Delivery, Delivery]) -> None:
    body = api.get(f"/api/v1/notifications/{two[0].notification_id}/").json()
    assert body["payload"]["alerts"][0]["labels"]["alertname"] == "DiskFull"
    assert [each["id"] for each in body["deliveries"]] == [two[0].pk]
    assert [each["outcome"] for each in body["alerts"]] == ["owed"]


def test_a_list_of_notifications_leaves_the_payload_out(api: APIClient, two: tuple[Delivery, Delivery]) -> None:
    with CaptureQueriesContext(connection) as captured:
        body = api.get("/api/v1/notifications/").json()
    assert "payload" not in body["results"][0]
    assert not any('"body"' in query["sql"] for query in captured)


def test_secrets_in_a_payload_are_not_shown(api: APIClient, source: Source, target: Target, now: datetime) -> None:
    leaky = alert() | {"generatorURL": "https://bob:hunter22@prom.example/hooks/a1/s3cr3t"}
    factories.accept(source, payload(leaky), now)
    text = api.get(f"/api/v1/notifications/{Notification.objects.get().pk}/").text
    assert ("hunter22" in text, "s3cr3t" in text, "prom.example" in text) == (False, False, True)


def test_half_a_character_in_a_payload_can_be_shown(
    api: APIClient, source: Source, target: Target, now: datetime
) -> None:
    factories.accept(source, b'{"version": "4", "alerts": [{"status": "firing", "labels": {"a": "\\ud800"}}]}', now)
    assert api.get(f"/api/v1/notifications/{Notification.objects.get().pk}/").status_code == 200


@pytest.mark.parametrize(
    "query", ["source=prod&status=firing", "received_before=2026-11-23T10:05:00Z", "state=routed&q=alerthub&limit=500"]
)
def test_notifications_are_found_by(api: APIClient, two: tuple[Delivery, Delivery], query: str) -> None:
    assert two[0].notification_id in ids(api.get(f"/api/v1/notifications/?{query}"))


@pytest.mark.parametrize(
    "query", ["source=test", "state=duplicate", "received_after=2026-11-23T11:00:00Z", "q=nothing"]
)
def test_notifications_are_not_found_by(api: APIClient, two: tuple[Delivery, Delivery], query: str) -> None:
    assert ids(api.get(f"/api/v1/notifications/?{query}")) == []


@pytest.mark.parametrize(
    "query",
    [
        "name=DiskFull",
        "label=team:db",
        "severity=CRITICAL",
        "q=diskfull",
        "q=%22db%22",
        "status=firing&source=prod&name=DiskFull",
    ],
)
def test_alerts_are_found_by(api: APIClient, two: tuple[Delivery, Delivery], query: str) -> None:
    assert [row["name"] for row in api.get(f"/api/v1/alerts/?{query}").json()["results"]] == ["DiskFull"]


def test_a_label_whose_name_is_a_number_is_found(api: APIClient, source: Source, target: Target, now: datetime) -> None:
    owed(source, now, alert(**{"0": "zero"}))
    assert len(ids(api.get("/api/v1/alerts/?label=0:zero"))) == 1


def test_a_rejected_request_shows_its_beginning(api: APIClient, now: datetime) -> None:
    row = RejectedRequest.objects.create(
        first_at=now, last_at=now, status_code=400, reason="not_json", message="No JSON.", body="hello"
    )
    assert "body" not in api.get("/api/v1/rejected-requests/?reason=not_json").json()["results"][0]
    assert api.get(f"/api/v1/rejected-requests/{row.pk}/").json()["body"] == "hello"


@pytest.mark.parametrize("name", ["notifications", "alerts", "deliveries", "rejected-requests"])
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_history_cannot_be_changed(api: APIClient, two: tuple[Delivery, Delivery], name: str, method: str) -> None:
    assert getattr(api, method)(f"/api/v1/{name}/1/", {}).status_code == 405


@pytest.mark.parametrize("name", ["notifications", "alerts", "deliveries", "deliveries/{}", "notifications/{}"])
def test_more_rows_need_no_further_queries(
    api: APIClient, source: Source, target: Target, now: datetime, name: str
) -> None:
    def queries(rows: int, group: str) -> int:
        deliveries = owed(source, now, *(alert(f"A{group}{number}") for number in range(rows)), group=group)
        Attempt.objects.bulk_create(
            Attempt(delivery=deliveries[0], number=number, worker="w1", started_at=now) for number in range(rows)
        )
        row = deliveries[0].notification_id if name.startswith("n") else deliveries[0].pk
        with CaptureQueriesContext(connection) as captured:
            assert api.get(f"/api/v1/{name.format(row)}/").status_code == 200
        return len(captured)

    queries(1, "first")  # writes down that the token was used
    assert queries(2, "few") == queries(7, "many")


def test_the_audit_trail_of_attempts_stays_as_it_is(
    api: APIClient, two: tuple[Delivery, Delivery], now: datetime
) -> None:
    try_once(two[0], now)
    api.post(f"/api/v1/deliveries/{two[0].pk}/attempts/", {"number": 2})
    assert Attempt.objects.count() == 1
