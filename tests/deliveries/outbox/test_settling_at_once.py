"""Two people who settle the same at once, and one beside a target that is released."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

import pytest
from django.db import connection

from deliveries import outbox
from deliveries.models import Delivery, Lane
from routing.models import Target
from tests.deliveries.lanes import deeds, expire

pytestmark = pytest.mark.django_db


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "deeds_at_once", [("give_up", "give_up"), ("send_again", "send_again"), ("give_up", "send_again")]
)
def test_two_people_at_once_settle_each_once(
    owe: Callable[..., list[Delivery]], now: datetime, deeds_at_once: tuple[str, str]
) -> None:
    ids = expire(owe(6), now)
    begin = threading.Barrier(2)
    done: list[outbox.Settled] = []

    def person(deed: str) -> None:
        try:
            begin.wait()
            if deed == "give_up":
                done.append(outbox.give_up(ids, who="ann", reason="over", now=now))
            else:
                done.append(outbox.send_again(ids, who="bob", now=now, dead_only=True))
        finally:
            connection.close()

    people = [threading.Thread(target=person, args=[deed]) for deed in deeds_at_once]
    for one in people:
        one.start()
    for one in people:
        one.join()
    settled = sorted(pk for each in done for pk in [*each.given_up, *each.again])
    assert (settled, len(deeds()), Delivery.objects.filter(pk__in=ids, settled=True).count()) == (ids, 6, 6)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_giving_up_while_a_target_is_released_ends_each_in_one_way(
    owe: Callable[..., list[Delivery]], target: Target, now: datetime
) -> None:
    ids = [delivery.pk for delivery in owe(6)]
    Delivery.objects.update(state="held", reason="target_disabled")
    Lane.objects.create(target=target, broken_at=now, broken_reason="disabled_here")
    begin = threading.Barrier(2)

    def during(deed: Callable[[], object]) -> Callable[[], None]:
        def run() -> None:
            try:
                begin.wait()
                deed()
            finally:
                connection.close()

        return run

    up = during(lambda: outbox.give_up(ids, who="ann", reason="over", now=now))
    people = [threading.Thread(target=one) for one in (up, during(lambda: outbox.tend(now)))]
    for one in people:
        one.start()
    for one in people:
        one.join()
    assert set(Delivery.objects.values_list("state", "settled")) == {("cancelled", True)}
