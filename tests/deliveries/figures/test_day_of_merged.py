"""The last 24 hours of what was merged: it counts as what carries it, also in hours that are remembered."""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime
from typing import Any

import pytest

from deliveries.figures import day
from deliveries.figures.percentiles import BOUNDS
from deliveries.models import Delivery, carried
from routing.models import Target
from tests import factories
from tests.deliveries.figures.test_day import HOUR, NOON, end, owe, statements

pytestmark = pytest.mark.django_db

BADLY = ("rejected", "expired", "cancelled")


@pytest.fixture
def target() -> Target:
    return factories.make_target()


def told_with(resolved: Delivery, firing: Delivery, at: datetime) -> None:
    """As a claim merges a late firing: it ends at once."""
    changes = {"state": "merged", "reason": "with_resolved", "ended_at": at, "carried_by": resolved}
    Delivery.objects.filter(pk=firing.pk).update(**changes)


def in_digest(digest: Delivery, *others: Delivery) -> None:
    """As a claim merges a storm: they stay open."""
    changes = {"state": "merged", "reason": "in_digest", "carried_by": digest}
    Delivery.objects.filter(pk__in=[each.pk for each in others]).update(**changes)


def states(now: datetime) -> dict[str, int]:
    return dict(+day.of_deliveries(now).whole.states)


@pytest.fixture
def firing(target: Target) -> Delivery:
    return owe(target, NOON - 5 * HOUR)


@pytest.fixture
def resolved(target: Target, firing: Delivery) -> Delivery:
    resolved = owe(target, NOON - 4 * HOUR)
    told_with(resolved, firing, NOON - 4 * HOUR)
    return resolved


def test_a_target_that_never_answered_has_nothing_in_its_room(target: Target, resolved: Delivery) -> None:
    found = day.of_deliveries(NOON)
    assert (found.targets[target.pk].success, states(NOON)) == (None, {"waiting": 2})


@pytest.mark.parametrize("state", BADLY)
def test_what_was_to_be_told_with_its_resolved_ends_as_badly(resolved: Delivery, state: str) -> None:
    states(NOON)
    end(resolved, state, NOON)
    assert states(NOON) == {state: 2}
    assert not day.of_deliveries(NOON).whole.took


def test_a_remembered_hour_hears_that_the_resolved_is_in_the_room(resolved: Delivery) -> None:
    assert states(NOON) == {"waiting": 2}
    end(resolved, "delivered", NOON)
    assert [statements(NOON) for _ in range(2)] == [2, 1]
    assert states(NOON) == {"delivered": 1, "merged": 1}


def test_what_was_told_late_with_its_resolved_took_that_long(resolved: Delivery) -> None:
    end(resolved, "delivered", NOON)
    took = day.of_deliveries(NOON).whole.took
    hours = [sum(bound <= seconds for bound in BOUNDS) for seconds in (4 * 3600, 5 * 3600)]
    assert took == Counter(hours)


def test_what_a_digest_carries_is_open_as_long_as_the_digest_is(target: Target, firing: Delivery) -> None:
    digest = owe(target, NOON - HOUR / 2, kind="digest", state="held")
    in_digest(digest, firing)
    assert states(NOON) == {"held": 2}
    Delivery.objects.filter(pk__in=[digest.pk, firing.pk]).update(ended_at=NOON)
    Delivery.objects.filter(pk=digest.pk).update(state="delivered")
    assert states(NOON) == {"delivered": 1, "merged": 1}


def test_a_digest_that_carries_the_resolved_carries_its_firing_too(target: Target, resolved: Delivery) -> None:
    digest = owe(target, NOON - HOUR / 2, kind="digest", state="sending")
    in_digest(digest, resolved)
    assert states(NOON) == {"sending": 3}


def counted(now: datetime) -> Counter[str]:
    rows = Delivery.objects.filter(created_at__gte=now - day.DAY).select_related(carried.CARRIERS)
    return Counter(carried.of(row) for row in rows)


@pytest.mark.parametrize("seed", range(3))
def test_however_they_are_merged_it_tells_what_a_count_finds(target: Target, seed: int) -> None:
    chance, now, waiting, carriers = random.Random(seed), NOON - day.DAY, list[Delivery](), list[Any]()
    for _ in range(70):
        now += chance.choice((0, 0.1, 0.4, 1)) * HOUR
        waiting += [owe(target, now, status=chance.choice(("firing", "resolved"))) for _ in range(chance.randrange(4))]
        firing, resolved = ([one for one in waiting if one.status == status] for status in ("firing", "resolved"))
        deed = chance.random()
        if firing and resolved and deed < 0.3:
            told_with(chance.choice(resolved), firing[0], now)
            waiting.remove(firing[0])
        elif len(waiting) > 3 and deed < 0.5:
            digest = owe(target, now, kind="digest")
            members, waiting = waiting[:3], waiting[3:]
            in_digest(digest, *members)
            carriers.append((digest, members))
        elif carriers and deed < 0.7:
            digest, members = carriers.pop(0)
            end(digest, "delivered", now)
            Delivery.objects.filter(pk__in=[each.pk for each in members]).update(ended_at=now)
        elif waiting:
            end(waiting.pop(0), chance.choice(("delivered", *BADLY)), now)
        if chance.random() < 0.5:
            assert +day.of_deliveries(now).whole.states == counted(now)
    assert +day.of_deliveries(now).whole.states == counted(now)
