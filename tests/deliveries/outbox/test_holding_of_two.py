"""Holding where two things meet: a target in trouble beside one that is well, several messages of either."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from deliveries import outbox
from deliveries.models import Delivery, Lane
from deliveries.outbox import holding
from routing.models import RocketChatServer, Source, Target
from tests import factories
from tests.deliveries.lanes import after, claim, send, send_all
from tests.factories import owed

pytestmark = pytest.mark.django_db


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
    since = after(now, minutes=-1)
    names = ("broken", "disabled", "suspect", "silent", "tried", "tried long ago")
    broken, disabled, suspect, silent, tried, long_ago = (factories.make_target(name) for name in names)
    factories.make_rule("both", [target, broken], position=5)
    owe(source, now, 1)
    Delivery.objects.filter(target=broken).update(state="held")
    outbox.owe_test(broken, "ann", now)
    Lane.objects.create(target=target)
    Lane.objects.create(target=broken, broken_at=since, broken_reason="forbidden", suspect_since=since, refusals=3)
    Lane.objects.create(target=disabled, broken_at=since, broken_reason="disabled_here")
    Lane.objects.create(target=suspect, suspect_since=since, refusals=1)
    Lane.objects.create(target=silent, opened_at=since, failures=5)
    Lane.objects.create(target=tried, suspect_since=since, change_tried_at=after(now, seconds=-30))
    Lane.objects.create(target=long_ago, suspect_since=since, change_tried_at=after(now, minutes=-5))
    rooms = [factories.make_rest_target(factories.make_server(name), f"#{name}") for name in ("one", "two")]
    for room, seconds in zip(rooms, (-30, -300), strict=True):
        Lane.objects.create(target=room, suspect_since=since, change_tried_at=after(now, seconds=seconds))
    RocketChatServer.objects.filter(name="one").update(changed_at=after(now, seconds=-30))
    RocketChatServer.objects.filter(name="two").update(changed_at=after(now, minutes=-2))
    Target.objects.update(changed_at=after(now, minutes=-2))
    Target.objects.filter(pk=disabled.pk).update(enabled=False, changed_at=now)
    Target.objects.filter(pk=tried.pk).update(changed_at=after(now, seconds=-30))
    Target.objects.filter(pk=target.pk).update(changed_at=now)
    with django_assert_num_queries(1):
        assert outbox.tend(now) == set()


@pytest.mark.parametrize(
    ("own", "servers", "tried", "is_probed"),
    [
        pytest.param(-30, -120, None, True, id="the target was changed since"),
        pytest.param(-120, -30, None, True, id="its server was"),
        pytest.param(-120, -120, None, False, id="neither was"),
        pytest.param(-30, -120, -30, False, id="that change was tried already"),
        pytest.param(-120, -30, -30, False, id="that of its server was"),
        pytest.param(-10, -30, -30, True, id="it was changed once more"),
        pytest.param(-30, -10, -30, True, id="its server was once more"),
        pytest.param(-90, -90, -100, False, id="one was tried in an earlier trouble"),
    ],
)
@pytest.mark.parametrize("new", [0, 1])
def test_a_change_of_a_target_or_its_server_since_the_trouble_began_is_tried_once(
    now: datetime, source: Source, own: int, servers: int, tried: int | None, is_probed: bool, new: int
) -> None:
    """Whether something new is to be held or not. A second such target, behind a server nobody changed, is left."""
    server, other = factories.make_server(), factories.make_server("other")
    room, neighbour = factories.make_rest_target(server, "#ops"), factories.make_rest_target(other, "#other")
    factories.make_rule(targets=[room])
    owe(source, now, new)
    for each in (room, neighbour):
        last = after(now, seconds=tried) if tried is not None and each == room else None
        Lane.objects.create(
            target=each, broken_at=after(now, minutes=-1), broken_reason="forbidden", change_tried_at=last
        )
    Target.objects.update(changed_at=after(now, minutes=-9))
    RocketChatServer.objects.update(changed_at=after(now, minutes=-9))
    Target.objects.filter(pk=room.pk).update(changed_at=after(now, seconds=own))
    RocketChatServer.objects.filter(pk=server.pk).update(changed_at=after(now, seconds=servers))
    assert outbox.tend(now) == ({room.pk} if is_probed else set())
    lane = Lane.objects.get(target=room)
    changed = after(now, seconds=max(own, servers))
    assert (lane.probe_at, lane.change_tried_at == changed) == (
        now if is_probed else None,
        is_probed or (tried is not None and tried == max(own, servers)),
    )
    assert outbox.tend(now) == set()
    assert not Delivery.objects.filter(state="waiting").exists()


def test_a_disabled_target_is_so_since_it_was_disabled_and_holds_what_waits_only(
    source: Source, target: Target, now: datetime
) -> None:
    since = after(now, minutes=-1)
    delivered, waiting, rejected = owe(source, now, 3)
    Delivery.objects.filter(pk=delivered).update(state="delivered", ended_at=now)
    Delivery.objects.filter(pk=rejected).update(state="rejected", ended_at=now)
    test = outbox.owe_test(target, "ann", now)
    Target.objects.update(enabled=False)
    Lane.objects.create(target=target, broken_at=since, broken_reason="disabled_here")
    assert outbox.tend(now) == set()
    assert Lane.objects.get().broken_at == since
    assert dict(Delivery.objects.values_list("pk", "state")) == {
        delivered: "delivered",
        waiting: "held",
        rejected: "rejected",
        test.pk: "waiting",
    }
    held = Delivery.objects.get(pk=waiting)
    words = "The target ops is disabled. It is sent when somebody enables it."
    assert (held.reason, held.explanation) == ("target_disabled", words)


def test_what_was_held_is_due_at_once_and_has_an_hour_at_least(source: Source, target: Target, now: datetime) -> None:
    old, young = owe(source, now, 2, state="held", next_attempt_at=after(now, days=9))
    Delivery.objects.filter(pk=young).update(expires_at=after(now, days=9))
    Delivery.objects.filter(pk=old).update(expires_at=now)
    holding.release(Lane.objects.create(target=target, broken_at=now), now)
    assert list(Delivery.objects.order_by("id").values_list("state", "next_attempt_at", "expires_at")) == [
        ("waiting", now, after(now, hours=1)),
        ("waiting", now, after(now, days=9)),
    ]


def test_what_has_ended_stays_as_it_was_when_its_target_is_mended(
    source: Source, target: Target, now: datetime
) -> None:
    owe(source, now, 2, state="rejected", plain=True, refused_after=0, ended_at=now, next_attempt_at=after(now, days=1))
    holding.release(Lane.objects.create(target=target, broken_at=now), now)
    assert set(Delivery.objects.values_list("state", "plain", "next_attempt_at")) == {
        ("rejected", True, after(now, days=1))
    }


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
