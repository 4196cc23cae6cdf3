"""A target without a rate limit that is told everything, and deliveries to settle."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from deliveries.models import Delivery
from routing.models import Source, Target
from tests import factories
from tests.deliveries.lanes import after, breaks
from tests.factories import owed


@pytest.fixture
def target(now: datetime) -> Target:
    """As it is since yesterday: a change is tried at once."""
    target = factories.make_target()
    factories.make_rule(targets=[target])
    Target.objects.update(changed_at=after(now, days=-1))
    return target


@pytest.fixture
def targets(now: datetime) -> tuple[Target, Target]:
    """Two of them: both are told of everything."""
    both = factories.make_target("a"), factories.make_target("b")
    factories.make_rule(targets=both)
    Target.objects.update(changed_at=after(now, days=-1))
    return both


@pytest.fixture
def owe(source: Source, target: Target, now: datetime) -> Callable[[int], list[Delivery]]:
    """So many deliveries, each in a group of its own."""
    return lambda count: [owed(source, now, group=f"g{number}")[0] for number in range(count)]


@pytest.fixture
def held(source: Source, target: Target, now: datetime) -> Delivery:
    """Of a target that is broken by now."""
    delivery = owed(source, after(now, minutes=-1))[0]
    breaks(target, now)
    return delivery


@pytest.fixture
def digest(owe: Callable[..., list[Delivery]], target: Target, now: datetime) -> Delivery:
    """A held digest of three."""
    owe(3)
    made = Delivery.objects.create(
        kind="digest", target=target, target_name="ops", state="held", title="Digest of 3 messages",
        created_at=now, next_attempt_at=now, expires_at=after(now, hours=6),
    )  # fmt: skip
    Delivery.objects.exclude(pk=made.pk).update(state="merged", carried_by=made, reason="in_digest")
    return made
