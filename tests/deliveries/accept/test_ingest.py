"""The one way in: what is stored, what is owed, what counts as a duplicate."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import Error, IntegrityError, OperationalError, transaction

from deliveries.accept import conversations, ingest, plan
from deliveries.accept.ingest import Posted
from deliveries.models import Alert, Conversation, Delivery, Notification, Occurrence, Ruleset
from routing import rulebook
from routing.models import Source, Target
from routing.rulebook import Book
from tests import factories
from tests.deliveries import unwritable
from tests.factories import accept, alert, payload

pytestmark = pytest.mark.django_db
FIRST, REPEAT = "first notification", "repeat interval elapsed"


def test_an_accepted_notification_owes_a_delivery(source: Source, target: Target, now: datetime) -> None:
    accept(source, payload(alert()), now)
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.target, delivery.rule_name, delivery.next_attempt_at) == (
        "waiting",
        target,
        "all",
        now,
    )


def test_the_body_is_kept_as_received(source: Source, target: Target, now: datetime) -> None:
    body = b'{"version":"4", "alerts":[{"labels":{"alertname":"A\\u0000"}}],   "groupKey":"x"}'
    assert bytes(accept(source, body, now).notification.body) == body


def test_each_alert_has_an_occurrence_that_says_why(source: Source, target: Target, now: datetime) -> None:
    accept(source, payload(alert("A"), alert("B")), now)
    assert [one.why for one in Occurrence.objects.all()] == ['Rule "all": it takes every alert'] * 2


def test_the_rules_as_they_were_are_kept(source: Source, target: Target, now: datetime) -> None:
    notification = accept(source, payload(alert()), now).notification
    assert notification.ruleset is not None
    assert notification.ruleset.content["rules"][0]["targets"] == ["ops"]


def test_a_second_peer_telling_the_same_is_a_duplicate(source: Source, target: Target, now: datetime) -> None:
    first = accept(source, payload(alert(), externalURL="http://am-1"), now)
    second = accept(source, payload(alert(), externalURL="http://am-2"), now + timedelta(seconds=15))
    assert second.notification.duplicate_of == first.notification
    assert Delivery.objects.count() == 1


def test_a_duplicate_is_seen_although_its_annotations_differ(source: Source, target: Target, now: datetime) -> None:
    other = alert() | {"annotations": {"summary": "value is 0.93 here"}}
    accept(source, payload(alert()), now)
    assert accept(source, payload(other), now).notification.state == "duplicate"


def test_the_same_state_after_the_window_is_told_again(source: Source, target: Target, now: datetime) -> None:
    accept(source, payload(alert()), now)
    assert len(accept(source, payload(alert()), now + timedelta(seconds=121)).deliveries) == 1


def test_the_window_is_the_sources_own(target: Target, now: datetime) -> None:
    source = factories.make_source(duplicate_window=5)
    accept(source, payload(alert()), now)
    assert len(accept(source, payload(alert()), now + timedelta(seconds=6)).deliveries) == 1


def test_a_repeat_that_says_so_goes_out_inside_the_window(source: Source, target: Target, now: datetime) -> None:
    accept(source, payload(alert(), notification_reason=FIRST), now)
    again = accept(source, payload(alert(), notification_reason=REPEAT), now + timedelta(seconds=60))
    assert len(again.deliveries) == 1


def test_the_same_repeat_of_a_second_peer_is_a_duplicate(source: Source, target: Target, now: datetime) -> None:
    accept(source, payload(alert(), notification_reason=FIRST), now)
    accept(source, payload(alert(), notification_reason=REPEAT), now + timedelta(seconds=60))
    peer = accept(source, payload(alert(), notification_reason=REPEAT), now + timedelta(seconds=75))
    assert peer.notification.state == "duplicate"


def test_a_repeat_of_a_later_time_is_no_duplicate_of_an_earlier_ones(
    source: Source, target: Target, now: datetime
) -> None:
    later = "2026-11-23T10:30:00Z"
    for reason, told in (
        (FIRST, alert()),
        (REPEAT, alert()),
        ("", alert(status="resolved", ends_at="2026-11-23T10:20:00Z")),
        (FIRST, alert(starts_at=later)),
    ):
        accept(source, payload(told, notification_reason=reason), now)
    assert len(accept(source, payload(alert(starts_at=later), notification_reason=REPEAT), now).deliveries) == 1


REPLICAS = "2026-11-23T10:00:07Z"


def test_the_same_state_with_a_replicas_start_is_a_duplicate(source: Source, target: Target, now: datetime) -> None:
    first = accept(source, payload(alert()), now)
    other = accept(source, payload(alert(starts_at=REPLICAS)), now + timedelta(seconds=15))
    assert other.notification.duplicate_of == first.notification


def test_a_start_more_than_a_minute_apart_is_told(source: Source, target: Target, now: datetime) -> None:
    accept(source, payload(alert()), now)
    assert len(accept(source, payload(alert(starts_at="2026-11-23T10:01:01Z")), now).deliveries) == 1


def test_of_two_alerts_one_with_another_start_is_enough(source: Source, target: Target, now: datetime) -> None:
    accept(source, payload(alert("A"), alert("B")), now)
    other = payload(alert("A", starts_at=REPLICAS), alert("B", starts_at="2026-11-23T10:30:00Z"))
    assert len(accept(source, other, now).deliveries) == 1


def test_a_change_and_back_inside_the_window_is_told(source: Source, target: Target, now: datetime) -> None:
    """A duplicate is one of the group's last state."""
    accept(source, payload(alert("A"), alert("B", status="resolved")), now)
    accept(source, payload(alert("A"), alert("B", starts_at="2026-11-23T10:06:00Z")), now)
    again = alert("B", status="resolved", starts_at="2026-11-23T10:06:00Z", ends_at="2026-11-23T10:07:00Z")
    back = accept(source, payload(alert("A"), again), now + timedelta(seconds=60))
    assert [one.status for one in back.deliveries] == ["firing", "resolved"]


def test_a_duplicate_is_found_behind_a_newer_state(source: Source, target: Target, now: datetime) -> None:
    first = accept(source, payload(alert()), now)
    accept(source, payload(alert(), alert("B")), now)
    late = accept(source, payload(alert()), now + timedelta(seconds=20))
    assert late.notification.duplicate_of == first.notification


@pytest.mark.parametrize("other", [{"receiver": "other"}, {"group": "{}:{team='x'}"}])
def test_another_group_is_no_duplicate(source: Source, target: Target, now: datetime, other: dict[str, Any]) -> None:
    accept(source, payload(alert()), now)
    assert len(accept(source, payload(alert(), **other), now).deliveries) == 1


def test_another_source_is_no_duplicate(source: Source, target: Target, now: datetime) -> None:
    accept(source, payload(alert()), now)
    assert len(accept(factories.make_source("staging"), payload(alert()), now).deliveries) == 1


def test_places_in_a_conversation_follow_the_order_of_acceptance(source: Source, target: Target, now: datetime) -> None:
    accept(source, payload(alert()), now)
    accept(source, payload(alert(status="resolved")), now)
    assert list(Delivery.objects.order_by("seq").values_list("status", "seq")) == [("firing", 1), ("resolved", 2)]


def test_an_alert_that_fires_anew_is_told(source: Source, target: Target, now: datetime) -> None:
    accept(source, payload(alert(status="resolved")), now)
    assert len(accept(source, payload(alert(starts_at="2026-11-23T10:20:00Z")), now).deliveries) == 1


def test_what_burns_again_with_its_old_start_is_told(source: Source, target: Target, now: datetime) -> None:
    accept(source, payload(alert(status="resolved")), now)
    assert len(accept(source, payload(alert()), now + timedelta(minutes=5)).deliveries) == 1


def test_a_resolved_nobody_heard_fire_is_told(source: Source, target: Target, now: datetime) -> None:
    assert [one.status for one in accept(source, payload(alert(status="resolved")), now).deliveries] == ["resolved"]


def test_an_alert_row_follows_the_newest_telling(source: Source, target: Target, now: datetime) -> None:
    accept(source, payload(alert()), now)
    accept(source, payload(alert(status="resolved")), now + timedelta(minutes=5))
    row = Alert.objects.get()
    assert (row.status, row.first_seen_at, row.last_seen_at) == ("resolved", now, now + timedelta(minutes=5))


def test_one_alert_twice_in_a_payload_is_stored_once(source: Source, target: Target, now: datetime) -> None:
    accept(source, payload(alert(), alert()), now)
    assert (Alert.objects.count(), Occurrence.objects.count()) == (1, 2)


def test_an_empty_group_is_recorded_and_told_to_nobody(source: Source, target: Target, now: datetime) -> None:
    assert accept(source, payload(), now).deliveries == []
    assert Notification.objects.count() == 1


def test_what_cannot_be_routed_is_kept_unread(
    source: Source, target: Target, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "plan", lambda *_: 1 / 0)
    accepted = accept(source, payload(alert()), now)
    assert (accepted.notification.state, Notification.objects.count()) == ("unread", 1)


def test_that_it_is_stored_unread_is_said_when_it_is(
    source: Source, target: Target, now: datetime, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(*_: object) -> None:
        raise OperationalError("away")

    monkeypatch.setattr(plan, "plan", lambda *_: 1 / 0)
    accept(source, payload(alert()), now)
    assert "stored unread" in caplog.text
    caplog.clear()
    monkeypatch.setattr(ingest, "_store_unread", away)
    with pytest.raises(OperationalError):
        accept(source, payload(alert()), now + timedelta(seconds=1))
    assert "unread" not in caplog.text


def test_a_database_that_is_read_only_is_not_asked_twice(
    source: Source, target: Target, now: datetime, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(ingest, "_store_unread", lambda *_: pytest.fail("it would not be stored either"))
    with unwritable.read_only(), pytest.raises(Error), transaction.atomic():
        accept(source, payload(alert()), now)
    assert "unread" not in caplog.text


def test_an_unread_notification_is_routed_later(
    source: Source, target: Target, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(plan, "plan", lambda *_: 1 / 0)
        notification = accept(source, payload(alert()), now).notification
    ingest.reread(notification, now)
    assert (Notification.objects.get().state, Delivery.objects.count()) == ("routed", 1)


def test_an_unread_notification_of_a_deleted_source_is_routed_too(
    source: Source, target: Target, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(plan, "plan", lambda *_: 1 / 0)
        notification = accept(source, payload(alert()), now).notification
    source.delete()
    ingest.reread(notification, now)
    assert (Notification.objects.get().state, Delivery.objects.count()) == ("routed", 1)


def test_an_unread_firing_is_not_told_after_its_resolved(
    source: Source, target: Target, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(plan, "plan", lambda *_: 1 / 0)
        late = accept(source, payload(alert()), now).notification
    accept(source, payload(alert(status="resolved")), now + timedelta(seconds=30))
    assert ingest.reread(late, now + timedelta(hours=1)).deliveries == []


def test_rules_the_database_lost_are_written_again(
    source: Source, target: Target, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, refusals = ingest._store, iter([IntegrityError("the commit found no such ruleset")])

    def refuse_once(*given: Any) -> Any:
        for refusal in refusals:
            raise refusal
        return store(*given)

    ingest._rulesets_kept.add(rulebook.current().digest)
    monkeypatch.setattr(ingest, "_store", refuse_once)
    accept(source, payload(alert()), now)
    assert Ruleset.objects.filter(digest=rulebook.current().digest).exists()


def test_a_database_in_trouble_is_not_hidden(
    source: Source, target: Target, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr(conversations, "lock", away)
    with pytest.raises(OperationalError):
        accept(source, payload(alert()), now)


def test_a_changed_rule_holds_for_the_next_notification(source: Source, target: Target, now: datetime) -> None:
    accept(source, payload(alert()), now)
    target.rules.get().targets.set([factories.make_target("db")])
    assert accept(source, payload(alert("B")), now).deliveries[0].target_name == "db"


@pytest.mark.postgresql  # SQLite takes 999 values a statement, so there large groups are written in several
def test_the_queries_do_not_grow_with_the_alerts(
    source: Source, target: Target, now: datetime, django_assert_max_num_queries: Any
) -> None:
    accept(source, payload(alert("warm up")), now)
    with django_assert_max_num_queries(11):
        accept(source, payload(*(alert(f"A{number}") for number in range(500))), now)


def test_recent_states_are_forgotten_when_no_copy_can_come(source: Source, target: Target, now: datetime) -> None:
    for minute in range(0, 120, 8):
        accept(source, payload(alert(f"A{minute}")), now + timedelta(minutes=minute))
    assert len(Conversation.objects.get().recent) == 2


def test_a_peer_that_came_earlier_but_was_stored_later_is_a_duplicate(
    source: Source, target: Target, now: datetime
) -> None:
    accept(source, payload(alert()), now)
    earlier = accept(source, payload(alert()), now - timedelta(milliseconds=5))
    assert earlier.notification.state == "duplicate"


def test_rules_that_lost_their_target_meanwhile_are_read_again(
    source: Source, target: Target, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, store, books = rulebook.current(), ingest._store, []

    def refuse_old(posted: Posted, read: Any, book: Book, *about: Any) -> Any:
        books.append(book)
        if book is old:
            raise IntegrityError("a deferred key, found missing at the commit")
        return store(posted, read, book, *about)

    monkeypatch.setattr(ingest, "_store", refuse_old)
    target.rules.get().targets.set([factories.make_target("there")])
    accepted = ingest.accept(Posted(source.pk, source.name, 120, json.dumps(payload(alert())).encode()), old, now)
    assert [delivery.target_name for delivery in accepted.deliveries] == ["there"]
    assert books[0] is old
