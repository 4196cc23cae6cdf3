"""A worker process that kills itself at the point DIES_AT names (tests/deliveries/points.py), and its heir.

`python -m tests.journeys.doomed lay|die|inherit`; `lay` reads {point: webhook address} from its standard input.
"""

from __future__ import annotations

import json
import os
import signal
import sys

import django

django.setup()

from django.core.management import call_command  # noqa: E402

from deliveries import outbox, pump, sender  # noqa: E402
from routing.models import Target  # noqa: E402
from tests import factories  # noqa: E402
from tests.deliveries.points import POINTS  # noqa: E402


def lay() -> None:
    """A database in which every point has a target of its own, that is owed a firing and its resolved."""
    call_command("migrate", interactive=False, verbosity=0)
    source, now = factories.make_source(), sender.utc_now()
    for position, (name, url) in enumerate(json.load(sys.stdin).items()):
        # Never late enough for the firing to be told by its resolved.
        target = factories.make_target(name, url=url, digest_after=3600)
        factories.make_rule(name, [target], position=position, matchers=f'point="{name}"')
        for status in ("firing", "resolved"):
            factories.owed(source, now, factories.alert(status=status, point=name), group=name)


def die() -> None:
    """Drain one target as Celery's threads and the pump's do, as far as the point."""
    name = os.environ["DIES_AT"]
    point = POINTS[name]
    setattr(point.place, point.step, point.armed(lambda: os.kill(os.getpid(), signal.SIGKILL)))
    pump.drain(Target.objects.get(name=name).pk)


def inherit() -> None:
    """Another worker, when every lease is over."""
    later = sender.utc_now() + outbox.LEASE
    outbox.recover(later)
    client = sender.new_client()
    for target in Target.objects.all():
        sender.drain(target.pk, client, clock=lambda: later, worker="heir")
    client.close()


if __name__ == "__main__":
    {"lay": lay, "die": die, "inherit": inherit}[sys.argv[1]]()
