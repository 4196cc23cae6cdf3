"""A process of AlertHub that kills or stops itself at the point DIES_AT names (tests/deliveries/points.py), and its heir.

`python -m tests.journeys.doomed WHAT`, started by tests/journeys/children.py. With LARGEST_FILE (bytes) or OPEN_FILES
(how many more) the machine gives it no more than that.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
from pathlib import Path

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402

from deliveries import outbox  # noqa: E402
from deliveries.send import roads, sender  # noqa: E402
from deliveries.wake import pump  # noqa: E402
from routing.models import Target  # noqa: E402
from tests import factories  # noqa: E402
from tests.deliveries.points import EVERY_POINT  # noqa: E402

TOKEN = "ahi_token-of-the-doomed-process"


def lay() -> None:
    """Reads {name: webhook address}: a database where each has a target, that is owed a firing and its resolved."""
    call_command("migrate", interactive=False, verbosity=0)
    source, now, seconds = factories.make_source(), sender.utc_now(), int(os.environ["CALL_SECONDS"])
    source.new_token("test", TOKEN)
    for position, (name, url) in enumerate(json.load(sys.stdin).items()):
        # Never late enough for the firing to be told by its resolved.
        target = factories.make_target(name, url=url, digest_after=3600, timeout=seconds, connect_timeout=seconds)
        factories.make_rule(name, [target], position=position, matchers=f'point="{name}"')
        for status in ("firing", "resolved"):
            factories.owed(source, now, factories.alert(status=status, point=name), group=name)


def drain() -> None:
    """Send to the target of TARGET, as Celery's threads and the pump's do."""
    arm()
    pump.drain(Target.objects.get(name=os.environ["TARGET"]).pk)


def inherit() -> None:
    """Another worker, for the target of TARGET or all, when every lease is over."""
    later = sender.utc_now() + outbox.LEASE
    outbox.recover(later)
    client = roads.new_client()
    name = os.environ.get("TARGET")
    for target in Target.objects.filter(name=name) if name else Target.objects.all():
        sender.drain(target.pk, client, clock=lambda: later, worker="heir")
    client.close()


def post() -> None:
    """Reads a notification and posts it to the webhook; says what was answered."""
    arm()
    limit()
    # SQLite waits so long for a lock; PostgreSQL has that in its address.
    if connection.vendor == "sqlite" and (seconds := os.environ.get("LOCK_WAIT")):
        connection.settings_dict["OPTIONS"]["timeout"] = float(seconds)
    client = Client(raise_request_exception=False, headers={"Authorization": f"Bearer {TOKEN}"})
    answer = client.post("/webhook", sys.stdin.read(), content_type="application/json")
    json.dump({"status": answer.status_code, "body": answer.json()}, sys.stdout)


def arm() -> None:
    if name := os.environ.get("DIES_AT"):
        point, by = EVERY_POINT[name], getattr(signal, os.environ.get("DIES_BY", "SIGKILL"))
        died: list[str] = []

        def die() -> None:
            if not died:  # who was only stopped goes on
                died.append(name)
                os.kill(os.getpid(), by)

        setattr(point.place, point.step, point.armed(die))


def limit() -> None:
    if size := os.environ.get("LARGEST_FILE"):
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(size), int(size)))
    if more := os.environ.get("OPEN_FILES"):
        most = len(list(Path("/proc/self/fd").iterdir())) + int(more)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


if __name__ == "__main__":
    {"lay": lay, "drain": drain, "inherit": inherit, "post": post}[sys.argv[1]]()
