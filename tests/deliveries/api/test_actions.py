"""Sending again, and test messages, through the REST API."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from alerthub.sandbox import Sandbox
from deliveries.models import Attempt, Delivery, Lane
from routing.models import Source, Target
from tests import factories
from tests.callers import caller, superuser
from tests.factories import owed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nudged")]


@pytest.fixture
def api() -> APIClient:
    return superuser("ann")


@pytest.fixture
def room(sandbox: Sandbox) -> Target:
    return factories.make_target(url=sandbox.hook("#ops").url)


@pytest.fixture
def target() -> Target:
    target = factories.make_target()
    factories.tell_fallback(target)
    return target


@pytest.fixture
def delivery(source: Source, target: Target, now: datetime) -> Delivery:
    """One that reached its room."""
    delivery = owed(source, now)[0]
    Delivery.objects.update(state="delivered", ended_at=now)
    return delivery


def test_sending_again_makes_a_new_delivery(api: APIClient, delivery: Delivery) -> None:
    answer = api.post(f"/api/v1/deliveries/{delivery.pk}/resend/")
    body = answer.json()
    assert (answer.status_code, body["resend_of"], body["state"], body["asked_by"]) == (
        201,
        delivery.pk,
        "waiting",
        "ann",
    )


def test_what_still_waits_is_due_now_and_told_once(
    api: APIClient, source: Source, target: Target, now: datetime, nudged: list[int]
) -> None:
    waiting = owed(source, now)[0]
    Delivery.objects.update(next_attempt_at=timezone.now() + timedelta(hours=1))
    answer = api.post(f"/api/v1/deliveries/{waiting.pk}/resend/")
    waiting.refresh_from_db()
    assert (answer.status_code, answer.json()["id"], Delivery.objects.count()) == (200, waiting.pk, 1)
    assert (waiting.next_attempt_at <= timezone.now(), nudged) == (True, [target.pk])


def test_sending_again_wakes_the_workers(api: APIClient, delivery: Delivery, nudged: list[int]) -> None:
    api.post(f"/api/v1/deliveries/{delivery.pk}/resend/")
    assert nudged == [delivery.target_id]


def test_a_message_can_be_sent_again_to_another_target(api: APIClient, delivery: Delivery, nudged: list[int]) -> None:
    other = factories.make_target("other")
    body = api.post(f"/api/v1/deliveries/{delivery.pk}/resend/", {"target": other.pk}).json()
    assert (body["target_name"], nudged) == ("other", [other.pk])


def test_the_new_delivery_is_named_by_the_old_one(api: APIClient, delivery: Delivery) -> None:
    again = api.post(f"/api/v1/deliveries/{delivery.pk}/resend/").json()
    assert api.get(f"/api/v1/deliveries/{delivery.pk}/").json()["resends"] == [again["id"]]


def test_a_message_cannot_be_sent_again_to_nobody(api: APIClient, delivery: Delivery, target: Target) -> None:
    target.delete()
    answer = api.post(f"/api/v1/deliveries/{delivery.pk}/resend/")
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["target"])


@pytest.mark.parametrize("target_id", [0, 999, "ops", 10**30, [1]])
def test_an_unknown_target_to_send_to_is_refused(api: APIClient, delivery: Delivery, target_id: object) -> None:
    answer = api.post(f"/api/v1/deliveries/{delivery.pk}/resend/", {"target": target_id})
    assert (answer.status_code, list(answer.json()["fields"]), Delivery.objects.count()) == (400, ["target"], 1)


def test_sending_again_needs_the_permission_to_change_deliveries(delivery: Delivery) -> None:
    path = f"/api/v1/deliveries/{delivery.pk}/resend/"
    refused = caller("deliveries.view_delivery", "deliveries.add_delivery", name="bob").post(path)
    allowed = caller("deliveries.change_delivery", name="eve").post(path)
    assert (refused.status_code, allowed.status_code) == (403, 201)


def test_a_test_message_arrives_in_the_room(api: APIClient, room: Target, sandbox: Sandbox) -> None:
    answer = api.post(f"/api/v1/targets/{room.pk}/test/")
    assert (answer.status_code, answer.json()["outcome"]["kind"], len(sandbox.messages("#ops"))) == (
        200,
        "delivered",
        1,
    )


def test_a_test_message_is_in_the_trail(api: APIClient, room: Target) -> None:
    body = api.post(f"/api/v1/targets/{room.pk}/test/").json()
    assert (body["kind"], body["state"], body["asked_by"]) == ("test", "delivered", "ann")
    assert [each["outcome"] for each in body["attempts"]] == ["delivered"]


def test_a_test_message_that_fails_says_why(api: APIClient, room: Target, sandbox: Sandbox) -> None:
    room.set_webhook_url(room.webhook_url()[:-4] + "none")
    room.save()
    body = api.post(f"/api/v1/targets/{room.pk}/test/").json()
    assert body["outcome"]["kind"] != "delivered"
    assert body["outcome"]["error"] == body["explanation"] != ""


def test_the_answer_to_a_test_message_holds_no_secret(api: APIClient, room: Target) -> None:
    assert room.webhook_url()[-12:] not in api.post(f"/api/v1/targets/{room.pk}/test/").text


def test_a_test_message_to_a_paused_target_waits(api: APIClient, target: Target, nudged: list[int]) -> None:
    Lane.objects.create(target=target, paused_until=timezone.now() + timedelta(minutes=1))
    answer = api.post(f"/api/v1/targets/{target.pk}/test/")
    assert (answer.status_code, answer.json()["outcome"], answer.json()["state"]) == (202, None, "waiting")
    assert nudged == [target.pk]


def test_a_disabled_target_is_not_tested(api: APIClient) -> None:
    target = factories.make_target(enabled=False)
    assert api.post(f"/api/v1/targets/{target.pk}/test/").status_code == 409
    assert not Delivery.objects.exists()


def test_a_test_message_needs_its_own_permission(target: Target) -> None:
    answer = caller("routing.view_target", "routing.add_target").post(f"/api/v1/targets/{target.pk}/test/")
    assert (answer.status_code, Attempt.objects.count()) == (403, 0)
