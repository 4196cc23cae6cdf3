"""After a restore from a backup, or a failover that lost commits, numbers begin again: the room is told everything new."""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.apps import apps
from django.db import connection

from alerthub.sandbox import Sandbox
from deliveries import outbox
from deliveries.models import Attempt, Delivery
from deliveries.rocketchat.client import Client
from deliveries.send import sender
from routing.models import RocketChatServer, Source, Target
from tests import factories
from tests.factories import alert, owed

pytestmark = pytest.mark.django_db


@pytest.fixture
def target(sandbox: Sandbox, server: RocketChatServer) -> Target:
    sandbox.room("#ops")
    target = factories.make_rest_target(server, "#ops")
    factories.make_rule(targets=[target])
    return target


@pytest.fixture
def tell(source: Source, target: Target, caller: Client, now: datetime) -> Callable[..., None]:
    """Owes an alert of each name, each in its own group, and sends them."""

    def told(*names: str) -> None:
        for name in names:
            owed(source, now, alert(name), group=name)
        drain(target, caller, now)

    return told


def drain(target: Target, caller: Client, now: datetime) -> None:
    sender.drain(target.pk, caller, clock=lambda: now, worker="w1", draw=lambda: 0.5)


def lose(after: int) -> None:
    """The database as it was when the delivery of this number was the last one: the next gets the number after it."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM deliveries_attempt WHERE delivery_id > %s", [after])
        cursor.execute("DELETE FROM deliveries_occurrence WHERE delivery_id > %s", [after])
        cursor.execute("DELETE FROM deliveries_delivery WHERE id > %s", [after])
        if connection.vendor == "postgresql":
            sequence = "pg_get_serial_sequence('deliveries_delivery', 'id')"
            cursor.execute(f"SELECT setval({sequence}, %s)", [after])
        else:
            cursor.execute("UPDATE sqlite_sequence SET seq = %s WHERE name = 'deliveries_delivery'", [after])


def names(kind: str) -> list[str]:
    return [f"{kind}{number}" for number in range(10)]


@pytest.mark.parametrize("era", ["400", "200"])
@pytest.mark.parametrize("kept", [0, 6], ids=["restored", "failed over"])
def test_ten_new_alerts_under_numbers_the_room_knows_stand_in_the_room(
    sandbox: Sandbox, target: Target, tell: Callable[..., None], era: str, kept: int
) -> None:
    sandbox.switch(repeated_id=era)
    tell(*names("Old"))
    first = Delivery.objects.earliest("id").pk
    lose(after=first - 1 + kept)
    tell(*names("New"))
    assert set(Delivery.objects.values_list("state", flat=True)) == {"delivered"}
    assert Delivery.objects.latest("id").pk == first + kept + 9
    stand = [message.text for message in sandbox.messages("#ops")]
    assert [name for name in names("New") if not any(name in text for text in stand)] == []
    assert not any("duplicate" in text for text in stand)


def a_notice(target: Target, now: datetime) -> None:
    outbox.owe_notice(target, "All is well.", "resolved", now)


def a_test_message(target: Target, now: datetime) -> None:
    outbox.owe_test(target, "ann", now)


def a_copy(target: Target, now: datetime) -> None:
    outbox.send_again([Delivery.objects.earliest("id").pk], who="ann", now=now)


def a_digest(target: Target, now: datetime) -> None:
    Target.objects.update(rate_limit_calls=4, rate_limit_seconds=60, digest_after=5)
    for name in names("Storm"):
        owed(Source.objects.get(), now, alert(name), group=name)


@pytest.mark.parametrize("owe", [a_notice, a_test_message, a_copy, a_digest])
def test_whatever_is_owed_under_a_number_the_room_knows_is_posted(
    sandbox: Sandbox,
    target: Target,
    caller: Client,
    tell: Callable[..., None],
    now: datetime,
    owe: Callable[[Target, datetime], None],
) -> None:
    tell("Before", *names("Old"))
    lose(after=Delivery.objects.earliest("id").pk)
    before = len(sandbox.messages("#ops"))
    owe(target, now)
    drain(target, caller, now + timedelta(minutes=2))
    sent = Attempt.objects.exclude(delivery=Delivery.objects.earliest("id"))
    assert set(sent.values_list("outcome", flat=True)) == {"delivered"}
    assert len(sandbox.messages("#ops")) == before + sent.count()


def test_what_the_backup_still_owed_is_told_again_and_says_so(
    sandbox: Sandbox, target: Target, caller: Client, tell: Callable[..., None], now: datetime
) -> None:
    tell("DiskFull")
    Attempt.objects.all()._raw_delete("default")
    Delivery.objects.update(state="waiting", ended_at=None, attempt_count=0, tries=0)
    for second in (0, 1):
        drain(target, caller, now + timedelta(hours=3, seconds=second))
    assert ["possible duplicate" in message.text for message in sandbox.messages("#ops")] == [False, True]
    assert list(Attempt.objects.order_by("number").values_list("reason", flat=True)) == ["id_taken", ""]
    assert Delivery.objects.get().state == "delivered"


def test_a_new_id_that_is_taken_too_is_the_message_itself(
    sandbox: Sandbox, target: Target, caller: Client, tell: Callable[..., None], now: datetime
) -> None:
    """A server that changes what it stores, and fails to say so, gets no third message."""
    tell("DiskFull")
    Delivery.objects.update(state="waiting", ended_at=None, reason="id_taken", in_doubt=True)
    drain(target, caller, now + timedelta(hours=3))
    assert (Delivery.objects.get().state, len(sandbox.messages("#ops"))) == ("delivered", 1)


@pytest.mark.parametrize("status", [400, 500])
def test_a_server_that_stores_and_then_fails_is_not_posted_to_twice(
    sandbox: Sandbox, target: Target, tell: Callable[..., None], status: int
) -> None:
    tell("First")
    sandbox.rest.fail("status", status=status, error="A callback failed", stored=True, times=1)
    tell("DiskFull")
    assert Delivery.objects.latest("id").state == "delivered"
    assert len(sandbox.messages("#ops")) == 2


def test_a_delivery_keeps_its_id_from_try_to_try(
    sandbox: Sandbox, source: Source, target: Target, caller: Client, tell: Callable[..., None], now: datetime
) -> None:
    tell("First")
    known = owed(source, now, group="other")[0].message_id
    sandbox.rest.fail("status", status=502, times=1)
    for second in (0, 1):
        drain(target, caller, now + timedelta(seconds=second))
    assert [len(sandbox.messages("#ops")), sandbox.messages("#ops")[1].id] == [2, known]


def give_ids() -> None:
    importlib.import_module("deliveries.migrations.0015_message_ids").give_ids(apps, None)


def test_what_an_older_version_has_tried_keeps_the_id_it_was_tried_with(
    source: Source, target: Target, now: datetime
) -> None:
    tried = owed(source, now)[0]
    Delivery.objects.update(message_id="", attempt_count=1)
    give_ids()
    known = hashlib.sha256(f"{target.uid}:{tried.pk}".encode()).hexdigest()[:17]
    assert Delivery.objects.get().message_id == known


def test_what_an_older_version_owed_and_never_tried_gets_a_new_id(
    source: Source, target: Target, now: datetime
) -> None:
    for group in ("a", "b"):
        owed(source, now, group=group)
    Delivery.objects.update(message_id="")
    give_ids()
    ids = list(Delivery.objects.values_list("message_id", flat=True))
    assert (len(set(ids)), {len(one) for one in ids}) == (2, {17})


def test_what_ended_before_needs_no_id(source: Source, target: Target, now: datetime) -> None:
    owed(source, now)
    Delivery.objects.update(message_id="", state="delivered", ended_at=now)
    give_ids()
    assert Delivery.objects.get().message_id == ""


@pytest.mark.parametrize(("unknown", "in_doubt"), [(0, False), (1, True)])
def test_what_an_older_process_owes_beside_this_one_gets_its_id_when_it_is_claimed(
    source: Source, target: Target, now: datetime, unknown: int, in_doubt: bool
) -> None:
    owed(source, now)
    Delivery.objects.update(message_id="", unknown_count=unknown)
    outbox.claim(target.pk, now=now, worker="w1")
    delivery = Delivery.objects.get()
    assert (len(delivery.message_id), delivery.in_doubt) == (17, in_doubt)
