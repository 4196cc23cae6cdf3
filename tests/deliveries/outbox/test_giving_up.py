"""Giving up: what is owed ends, what ended badly asks for nobody any more, and the trail says who wanted it so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from deliveries import outbox
from deliveries.models import Delivery, Intervention
from routing.models import Source, Target
from tests.deliveries.lanes import after, deeds, expire, send
from tests.factories import alert, owed

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("state", ["held", "waiting"])
def test_what_is_owed_ends_as_given_up(owe: Callable[..., list[Delivery]], now: datetime, state: str) -> None:
    [delivery] = owe(1)
    Delivery.objects.update(state=state)
    outbox.give_up([delivery.pk], who="ann", reason="It is over.", now=now)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.reason, delivery.ended_at, delivery.settled) == (
        "cancelled",
        "given_up",
        now,
        True,
    )
    assert delivery.explanation == "Given up by ann: It is over."


def test_giving_up_is_written_with_who_when_and_why(owe: Callable[..., list[Delivery]], now: datetime) -> None:
    ids = expire(owe(2), now)
    outbox.give_up(ids, who="ann", reason=" It is over. ", now=now)
    assert deeds() == [(pk, "give_up", "ann", "It is over.") for pk in ids]
    assert set(Intervention.objects.values_list("at", flat=True)) == {now}


def test_what_ended_badly_keeps_its_state_when_given_up(owe: Callable[..., list[Delivery]], now: datetime) -> None:
    [old] = expire(owe(1), now)
    outbox.give_up([old], who="ann", reason="over", now=now)
    row = Delivery.objects.get(pk=old)
    assert (row.state, row.reason, row.settled) == ("expired", "too_late", True)


def test_giving_up_twice_is_written_once(owe: Callable[..., list[Delivery]], now: datetime) -> None:
    ids = expire(owe(1), now)
    outbox.give_up(ids, who="ann", reason="over", now=now)
    assert (outbox.give_up(ids, who="bob", reason="over", now=now).skipped, len(deeds())) == (ids, 1)


def test_giving_up_needs_a_reason(owe: Callable[..., list[Delivery]], now: datetime) -> None:
    with pytest.raises(ValueError, match="Say why"):
        outbox.give_up([delivery.pk for delivery in owe(1)], who="ann", reason="  ", now=now)


def test_what_stood_behind_what_is_given_up_goes_on(
    held: Delivery, source: Source, target: Target, now: datetime
) -> None:
    behind = owed(source, now, alert(status="resolved"))[0]
    outbox.tend(now)
    outbox.give_up([held.pk], who="ann", reason="over", now=now)
    later = after(now, minutes=15)
    assert [delivery.pk for delivery in send(target, later)] == [behind.pk]


def test_what_a_digest_carries_is_given_up_with_it(digest: Delivery, now: datetime) -> None:
    settled = outbox.give_up([digest.pk], who="ann", reason="over", now=now)
    rows = set(Delivery.objects.values_list("state", "reason", "explanation", "ended_at", "settled"))
    assert rows == {("cancelled", "given_up", "Given up by ann: over", now, True)}
    assert (len(settled.given_up), len(deeds())) == (4, 4)
