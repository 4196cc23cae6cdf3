"""One worker process draining a backlog, against a bare loop that posts the same messages over one session."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime

import requests

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
        drained = _steady_rate()
        looped = _bare_rate(rig.hooks(rooms)["warning"])
    assert Attempt.objects.filter(outcome="delivered").count() == MESSAGES
    rig.report(
        rig.ratio("deliveries of one worker / bare requests.Session loop", drained / looped, least=0.5),
        ("  deliveries a second, every attempt recorded", f"{drained:.0f}", "", True),
    )


def _steady_rate() -> float:
    """Messages a second, without the first ones: a lane begins with small batches."""
    started = sorted(Attempt.objects.filter(outcome="delivered").values_list("started_at", flat=True))
    return (MESSAGES - WARM_UP) / (started[-1] - started[WARM_UP]).total_seconds()


def _bare_rate(hook: str) -> float:
    bodies = [json.loads(sent) for sent in Attempt.objects.filter(outcome="delivered").values_list("sent", flat=True)]
    with requests.Session() as session:
        for body in bodies[:WARM_UP]:
            session.post(hook, json=body, timeout=10)
        began = time.perf_counter()
        for body in bodies[WARM_UP:]:
            assert session.post(hook, json=body, timeout=10).json()["success"]
        return (MESSAGES - WARM_UP) / (time.perf_counter() - began)


if __name__ == "__main__":
    main()
