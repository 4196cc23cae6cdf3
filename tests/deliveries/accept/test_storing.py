"""What is stored whatever becomes of it: unread where it cannot be decided, and never a 202 before it is durable."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import DataError, connection, transaction
from django.test.utils import CaptureQueriesContext

from deliveries.accept import conversations, ingest, plan
from deliveries.accept.ingest import Accepted
from deliveries.models import Delivery, Notification
from routing.models import Source, Target
from tests import factories
from tests.factories import accept, alert, payload

pytestmark = pytest.mark.django_db


@pytest.fixture
def target() -> Target:
    target = factories.make_target()
    factories.make_rule(targets=[target])
    return target


@pytest.fixture
def source(target: Target) -> Source:
    return factories.make_source()


@pytest.mark.parametrize("error", [DataError("an odd value"), MemoryError(), OSError(28, "No space left on device")])
def test_what_fails_by_our_mistake_or_for_want_of_memory_is_stored_unread(
    source: Source, now: datetime, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """Storing it needs less than deciding does, and less than a database that is away would let it."""

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(plan, "plan", fail)
    assert accept(source, payload(alert()), now).notification.state == "unread"


@pytest.mark.parametrize("is_broken", [False, True])
def test_inside_of_another_transaction_nothing_is_accepted(
    source: Source, now: datetime, monkeypatch: pytest.MonkeyPatch, is_broken: bool
) -> None:
    """It would be said to be stored before it is."""
    if is_broken:
        monkeypatch.setattr(plan, "plan", lambda *_, **__: 1 / 0)
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        accept(source, payload(alert()), now)
    assert not Notification.objects.exists()


def test_an_unread_notification_is_routed_once(source: Source, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two workers may find it."""
    with monkeypatch.context() as broken:
        broken.setattr(plan, "plan", lambda *_, **__: 1 / 0)
        unread = accept(source, payload(alert()), now).notification
    told = [len(ingest.reread(unread, now + timedelta(hours=hours)).deliveries) for hours in (1, 2)]
    assert (told, Delivery.objects.count()) == ([1, 0], 1)


def test_of_a_deleted_source_no_window_is_known_so_it_is_told(
    source: Source, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept(source, payload(alert()), now)
    with monkeypatch.context() as broken:
        broken.setattr(conversations, "lock", lambda *_: 1 / 0)
        unread = accept(source, payload(alert()), now + timedelta(milliseconds=500)).notification
    source.delete()
    assert len(ingest.reread(unread, now + timedelta(hours=1)).deliveries) == 1


def test_each_notification_names_the_rules_as_they_were_then(source: Source, target: Target, now: datetime) -> None:
    before = accept(source, payload(alert("A")), now).notification
    target.rules.get().targets.set([factories.make_target("db")])
    after = accept(source, payload(alert("B")), now).notification
    named = [each.ruleset.content["rules"][0]["targets"] for each in (before, after) if each.ruleset]
    assert named == [["ops"], ["db"]]


def test_what_is_routed_later_names_the_rules_of_then(
    source: Source, target: Target, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(plan, "plan", lambda *_, **__: 1 / 0)
        unread = accept(source, payload(alert("A")), now).notification
    target.rules.get().targets.set([factories.make_target("db")])
    ruleset = ingest.reread(unread, now).notification.ruleset
    assert ruleset
    assert ruleset.content["rules"][0]["targets"] == ["db"]


def test_a_notification_and_what_it_owes_are_of_one_conversation(source: Source, now: datetime) -> None:
    """Its trail leads to what else the group told."""
    told = [accept(source, payload(alert(), group=group), now) for group in ("one", "other")]
    stored = [Notification.objects.get(pk=each.notification.pk).conversation_id for each in told]
    assert stored == [each.deliveries[0].conversation_id for each in told]
    assert len(set(stored)) == 2


def test_rules_that_did_not_change_are_not_looked_up_again(source: Source, now: datetime) -> None:
    accept(source, payload(alert("A")), now)
    with CaptureQueriesContext(connection) as queries:
        accept(source, payload(alert("B")), now)
    assert not [query["sql"] for query in queries if 'FROM "deliveries_ruleset"' in (query["sql"] or "")]


def test_only_targets_that_are_still_there_are_woken(source: Source, now: datetime) -> None:
    told = accept(source, payload(alert()), now)
    [delivery] = told.deliveries
    lost = Accepted(told.notification, [delivery, Delivery(target=None)], told.fates)
    assert lost.target_ids == {delivery.target_id}


def test_how_many_alerts_the_sender_left_out_is_kept(source: Source, now: datetime) -> None:
    assert accept(source, payload(alert(), truncatedAlerts=7), now).notification.truncated_alerts == 7
