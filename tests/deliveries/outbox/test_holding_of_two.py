"""Holding where two things meet: a target in trouble beside one that is well, several messages of either."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from deliveries import outbox
from deliveries.models import Delivery, Lane
from deliveries.outbox import holding
from routing.models import Source, Target
from tests import factories
from tests.deliveries.lanes import after, claim, send, send_all
from tests.factories import owed

pytestmark = pytest.mark.django_db


@pytest.fixture
def source() -> Source:
    return factories.make_source()


@pytest.fixture
def target(now: datetime) -> Target:
    target = factories.make_target()
    factories.make_rule(targets=[target])
    Target.objects.update(changed_at=after(now, days=-1))
    return target


def owe(source: Source, now: datetime, count: int, **fields: Any) -> list[int]:
    """Each of a conversation of its own; returns their numbers."""
    ids = [owed(source, now, group=f"g{number}")[0].pk for number in range(count)]
    Delivery.objects.filter(pk__in=ids).update(**fields or {"kind": "alert"})
    return ids


def test_where_every_lane_stands_as_it_should_one_look_is_all(
    source: Source, target: Target, now: datetime, django_assert_num_queries: Any
) -> None:
    """Locks are taken only where something is to be done."""
    names = ("broken", "disabled", "suspect", "silent")
    broken, disabled, suspect, silent = (factories.make_target(name) for name in names)
    Target.objects.exclude(pk__in=(target.pk, disabled.pk)).update(changed_at=after(now, minutes=-2))
    Target.objects.filter(pk=disabled.pk).update(enabled=False)
    since = after(now, minutes=-1)
    factories.make_rule("both", [target, broken], position=5)
    owe(source, now, 1)
    Delivery.objects.filter(target=broken).update(state="held")
    outbox.owe_test(broken, "ann", now)
    Lane.objects.create(target=target)
    Lane.objects.create(target=broken, broken_at=since, broken_reason="forbidden", suspect_since=since, refusals=3)
    Lane.objects.create(target=disabled, broken_at=since, broken_reason="disabled_here")
    Lane.objects.create(target=suspect, suspect_since=since, refusals=1)
    Lane.objects.create(target=silent, opened_at=since, failures=5)
    Target.objects.filter(pk__in=(target.pk, disabled.pk)).update(changed_at=now)
    with django_assert_num_queries(1):
        assert outbox.tend(now) == set()


def test_a_disabled_target_that_was_owed_nothing_yet_has_its_lane_made_and_nothing_due(
    target: Target, now: datetime
) -> None:
    other = factories.make_target("other", enabled=False)
    Lane.objects.create(target=target)
    assert outbox.tend(now) == set()
    assert outbox.tend(now) == set()
    assert Lane.objects.get(target=other).broken_reason == "disabled_here"


def test_a_broken_target_holds_what_it_is_owed_and_nothing_of_another(
    source: Source, target: Target, now: datetime
) -> None:
    other = factories.make_target("other")
    factories.make_rule("other", [other], position=20)
    factories.make_rule("both", [other, target], position=5)
    owe(source, now, 2)
    Lane.objects.create(target=target, broken_at=now, broken_reason="forbidden")
    outbox.tend(now)
    assert set(Delivery.objects.values_list("target", "state")) == {(target.pk, "held"), (other.pk, "waiting")}


def test_what_waits_for_a_target_that_was_mended_goes_before_what_it_held_and_keeps_its_turn(
    source: Source, target: Target, now: datetime
) -> None:
    """The longest due goes first; what waited for a later try goes with what was held, in the order it was owed."""
    held, later, longest = owe(source, now, 3)
    Delivery.objects.filter(pk=held).update(state="held")
    Delivery.objects.filter(pk=later).update(next_attempt_at=after(now, hours=1))
    Delivery.objects.filter(pk=longest).update(next_attempt_at=after(now, minutes=-1))
    lane = Lane.objects.create(target=target, broken_at=now)
    holding.release(lane, now)
    lane.save()
    assert [one.pk for one in send_all(target, now)] == [longest, held, later]


def test_what_took_its_workers_along_stays_plain_when_its_target_is_mended(
    source: Source, target: Target, now: datetime
) -> None:
    """Only what was refused may show itself in full again."""
    refused, vanished = owe(source, now, 2, plain=True)
    Delivery.objects.filter(pk=refused).update(refused_after=0)
    holding.release(Lane.objects.create(target=target, refusals=1), now)
    assert dict(Delivery.objects.values_list("pk", "plain")) == {refused: False, vanished: True}


def test_the_release_of_one_target_moves_nothing_that_another_is_owed(
    source: Source, target: Target, now: datetime
) -> None:
    owe(source, now, 2, state="held", expires_at=now)
    holding.release(Lane.objects.create(target=factories.make_target("other"), broken_at=now), after(now, hours=1))
    assert set(Delivery.objects.values_list("state", "expires_at")) == {("held", now)}


def test_a_target_that_was_enabled_again_takes_several_at_once(source: Source, target: Target, now: datetime) -> None:
    owe(source, now, 5, state="held")
    Lane.objects.create(target=target, broken_at=now, broken_reason="disabled_here", streak=9, failures=3)
    outbox.tend(now)
    assert len(claim(target, now).pairs) == 5


def test_the_room_that_stood_in_hears_once_that_it_no_longer_does(
    source: Source, target: Target, now: datetime
) -> None:
    stand_in = factories.make_target("stand-in")
    Target.objects.filter(pk=target.pk).update(fallback_target=stand_in)
    owe(source, now, 10, state="held", fell_back=True)
    since = after(now, minutes=-1)
    Lane.objects.create(
        target=target, broken_at=since, broken_reason="forbidden", suspect_since=since, refusals=3, probe_at=now
    )
    assert [len(send(target, now)) for _ in range(3)] == [1, 6, 3]
    assert Delivery.objects.filter(target=stand_in, kind="notice").count() == 1
