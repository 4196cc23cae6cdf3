"""Two targets, one by a hook and one through a server, that are told of everything."""

from __future__ import annotations

from datetime import datetime

from deliveries.models import Lane
from routing.models import RocketChatServer, Source, Target
from tests import factories
from tests.deliveries.lanes import after
from tests.factories import owed


def two_roads(now: datetime) -> tuple[Target, Target]:
    """Both are told of everything, by a hook and through a server; nobody changed them lately."""
    both = factories.make_target("a"), factories.make_rest_target(factories.make_server(rate_limit_calls=0), "#b")
    factories.make_rule(targets=both)
    changed(now, minutes=-60)
    return both


def changed(now: datetime, **time: float) -> None:
    Target.objects.update(changed_at=after(now, **time))
    RocketChatServer.objects.update(changed_at=after(now, **time))


def owe(source: Source, now: datetime, count: int, name: str = "g") -> None:
    for number in range(count):
        owed(source, now, group=f"{name}{number}")


def lane_of(target: Target) -> Lane:
    return Lane.objects.get(target=target)
