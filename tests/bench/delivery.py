"""One worker process draining a backlog, against a bare loop that posts the same messages over one session."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime

import requests
from django.db.models import QuerySet

# isort: off
from tests.bench import rig  # sets Django up, so it comes first
from deliveries.models import Attempt, Delivery
from routing.models import Source
from tests import factories

MESSAGES, WARM_UP = 2000, 300


def main() -> None:
    with rig.room_server() as rooms:
        rig.prepare(rooms)
        source = Source.objects.get()
        for number in range(MESSAGES):
            body = factories.payload(factories.alert(severity="warning", instance=f"host-{number}"), group=f"g{number}")
            factories.accept(source, body, datetime.now(UTC))
        with rig.worker():
            rig.wait_until(lambda: not Delivery.objects.exclude(state="delivered").exists(), 120)
        owed = Delivery.objects.all()
        drained = steady_rate(owed, WARM_UP)
        looped = bare_rate(owed, rig.hooks(rooms)["warning"], WARM_UP)
    assert Attempt.objects.filter(outcome="delivered").count() == MESSAGES
    rig.report(
        rig.ratio("deliveries of one worker / bare requests.Session loop", drained / looped, least=0.5),
        ("  deliveries a second, every attempt recorded", f"{drained:.0f}", "", True),
    )


def steady_rate(owed: QuerySet[Delivery], warm_up: int) -> float:
    """Messages a second, without the first ones: a lane begins with small batches."""
    started = sorted(_delivered(owed).values_list("started_at", flat=True))
    return (len(started) - warm_up) / (started[-1] - started[warm_up]).total_seconds()


def bare_rate(owed: QuerySet[Delivery], hook: str, warm_up: int) -> float:
    """The same messages, posted one after the other without any record."""
    bodies = [json.loads(sent) for sent in _delivered(owed).values_list("sent", flat=True)]
    with requests.Session() as session:
        for body in bodies[:warm_up]:
            session.post(hook, json=body, timeout=10)
        began = time.perf_counter()
        for body in bodies[warm_up:]:
            assert session.post(hook, json=body, timeout=10).json()["success"]
        return (len(bodies) - warm_up) / (time.perf_counter() - began)


def _delivered(owed: QuerySet[Delivery]) -> QuerySet[Attempt]:
    return Attempt.objects.filter(outcome="delivered", delivery__in=owed)


if __name__ == "__main__":
    main()
