"""Rows 33 to 35 of the fault catalogue: a target that hangs, an outage of hours, a target that repeats itself."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from alerthub.sandbox import Sandbox
from deliveries import outbox
from deliveries.models import Delivery
from deliveries.rocketchat import client
from deliveries.rocketchat.client import Hook
from deliveries.send import roads
from tests.deliveries.peers import peer
from tests.factories import alert
from tests.faults.road import Road

pytestmark = pytest.mark.django_db


def test_row_33_a_target_that_hangs_is_asked_five_times_and_then_left_alone(
    road: Road, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roads, "Hook", lambda **fields: Hook(**fields | {"timeout": 0.05}))
    with peer(lambda talk: talk.hold()) as hanging:
        road.to(hanging.url())
        for number in range(40):
            road.owe(group=f"g{number}")
        healthy = road.to(sandbox.hook("#ops").url)
        road.drain()
    assert len(hanging.requests) <= hanging.connections <= 5
    road.owe(group="fresh")
    assert outbox.due_targets(road.now) == {healthy.pk: False}
    assert road.drain(target=healthy) == 1


def test_row_34_after_an_outage_of_hours_all_arrives_in_order_within_the_budget(
    road: Road, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The budget counts calls by the time they are really made.
    monkeypatch.setattr(client, "datetime", SimpleNamespace(now=lambda _: road.clock))
    road.to(sandbox.hook("#ops").url, rate_limit_calls=10, rate_limit_seconds=60)
    sandbox.stop()
    for number in range(15):
        road.owe(alert(f"A{number:02}"), group=f"g{number % 3}", after=number)
    for hour in range(6):
        road.drain(after=hour * 3600)
    sandbox.start()
    road.drain(after=6 * 3600)
    road.drain(after=6 * 3600 + 61)
    # More than the budget carries in half a minute: what still waits goes out together, the oldest first.
    told = [(message.text, json.dumps(message.document)) for message in sandbox.messages("#ops")]
    assert any("*DIGEST*" in text for text, _ in told)
    places = [next(place for place, (_, whole) in enumerate(told) if f"A{number:02}" in whole) for number in range(15)]
    for group in range(3):
        assert places[group::3] == sorted(places[group::3])
    assert len(told) <= 10


def test_row_34_what_was_not_sent_is_not_marked_as_a_duplicate(road: Road, sandbox: Sandbox) -> None:
    sandbox.stop()
    road.send(sandbox.hook("#ops").url)
    sandbox.start()
    road.drain(after=60)
    assert ["possible duplicate" in message.text for message in sandbox.messages("#ops")] == [False]


def test_row_35_every_message_carries_the_id_by_which_repeats_are_known(road: Road, sandbox: Sandbox) -> None:
    road.send(sandbox.hook("#ops").url)
    road.owe(alert(status="resolved"))
    road.drain()
    ids = [f"D-{pk}" for pk in Delivery.objects.order_by("id").values_list("pk", flat=True)]
    assert [message.text.endswith(own) for message, own in zip(sandbox.messages("#ops"), ids, strict=True)] == [
        True
    ] * 2
