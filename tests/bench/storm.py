"""A storm into one room: all of it is told in time within the budget; without a budget it drains like a bare loop."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack
from datetime import UTC, datetime
from statistics import median
from typing import Any

import requests
from django.db.models import QuerySet

# isort: off
from tests.bench import rig, rooms  # sets Django up, so it comes first
from deliveries.models import Attempt
from routing.models import Source, Target
from tests import factories
from tests.deliveries.digests import counts_in

GROUPS, ALERTS, NAMES, NAMES_OF_A_GROUP = 500, 20, 250, 4
CALLS, PERIOD, WITHIN_SECONDS = 10, 60, 60
DRAINED, ROUNDS = 1000, 3  # groups without a budget, each time
WORKERS = 2  # as many as `make run` has
_LISTED = re.compile(r"• (Storm\d+)")


def main() -> None:
    with rig.room_server() as sandbox:
        rig.prepare(sandbox)
        limited, behind = _limited(sandbox)
        unlimited = _without_a_budget(sandbox)
    rig.report(*limited, *unlimited, behind)


def _limited(sandbox: str) -> tuple[list[rig.Row], rig.Row]:
    hook = rooms.make_hook(sandbox, "storm", f"{CALLS}/{PERIOD}")
    rig.tell_only(factories.make_target("storm", hook.url, rate_limit_calls=CALLS, rate_limit_seconds=PERIOD))
    bodies = [_notification(group) for group in range(GROUPS)]
    posted = Counter(alert["labels"]["alertname"] for body in bodies for alert in body["alerts"])
    with ExitStack() as stack:
        hub = stack.enter_context(rig.web())
        for _ in range(WORKERS):
            stack.enter_context(rig.worker())
        rig.wait_for_workers(WORKERS)
        took = rig.post_all(hub, [json.dumps(body).encode() for body in bodies])
        over = time.monotonic()
        told = _told(sandbox, hook)
        while told != posted and time.monotonic() - over < WITHIN_SECONDS:
            time.sleep(0.5)
            told = _told(sandbox, hook)
        seconds = time.monotonic() - over
    calls = hook.calls()
    share = (told & posted).total() / posted.total()
    return [
        rig.ratio("storm: alerts told by name and count", share, least=1.0),
        rig.ratio("storm: all told after the last POST", seconds, most=WITHIN_SECONDS, unit=" s"),
        rig.ratio(f"storm: most calls in {PERIOD} s", _busiest([call["at"] for call in calls]), most=CALLS),
        rig.ratio("storm: calls refused with 429", sum(call["status"] == 429 for call in calls), most=0),
    ], (f"  storm: {GROUPS} posts, {len(calls)} calls, posted in", f"{took:.1f} s", "", True)


def _told(sandbox: str, hook: rooms.Hook) -> Counter[str]:
    """Alert names with counts, as they can be read in the room."""
    told: Counter[str] = Counter()
    for message in rooms.messages(sandbox, hook.room):
        text, *cards = rooms.words(message)
        if "*DIGEST*" in text:
            for (_, name), count in counts_in(cards[0]).alerts.items():
                told[name] += count
        else:
            told.update(_LISTED.findall("\n".join(cards)))
    return told


def _busiest(at: list[float]) -> int:
    """The most calls in any window of one period."""
    return max(sum(first <= other < first + PERIOD for other in at) for first in at)


def _without_a_budget(sandbox: str) -> list[rig.Row]:
    """The same storm twice as large, some times over: drained by one worker and by all, then posted by a bare loop."""
    hook = rooms.make_hook(sandbox, "flood")
    target = factories.make_target("flood", hook.url)
    rig.tell_only(target)
    ratios: dict[int, list[float]] = {}
    rates: dict[int, list[float]] = {}
    bare: list[float] = []
    first = GROUPS  # the groups before were told: again they would be duplicates
    with ExitStack() as stack, requests.Session() as session:
        for count in (1, WORKERS):
            stack.enter_context(rig.worker())
            rig.wait_for_workers(count)
            for _ in range(ROUNDS):
                sent = _drained(target, range(first, first + DRAINED))
                first += DRAINED
                # From the first to the last, the small first batches too.
                [rate] = rig.drain_rates(sent, DRAINED - 1)
                rates.setdefault(count, []).append(rate)
                bare.append(_bare_rate(session, hook.url, sent.values_list("sent", flat=True)))
                ratios.setdefault(count, []).append(rate / bare[-1])
    told = ", ".join(f"{median(each):.0f}" for each in (rates[1], rates[WORKERS], bare))
    return [
        rig.ratio("storm without a budget / bare requests.Session loop", median(ratios[WORKERS]), least=0.5),
        ("  the same with one worker", f"{median(ratios[1]):.2f}", "", True),
        (f"  messages of {ALERTS} alerts a second: 1, {WORKERS} workers, loop", told, "", True),
    ]


def _drained(target: Target, groups: range) -> QuerySet[Attempt]:
    """What was sent when all these groups had come while nothing was sent."""
    source = Source.objects.get()
    rig.hold(target)
    began = datetime.now(UTC)
    for group in groups:
        factories.accept(source, _notification(group), datetime.now(UTC))
    rig.release(target)
    rig.wait_until(lambda: rig.drained(target), 60)
    return Attempt.objects.filter(delivery__target=target, outcome="delivered", started_at__gte=began)


def _bare_rate(session: requests.Session, url: str, sent: Iterable[str]) -> float:
    bodies = [json.loads(body) for body in sent]
    began = time.perf_counter()
    for body in bodies:
        assert session.post(url, json=body, timeout=10).json()["success"]
    return len(bodies) / (time.perf_counter() - began)


def _notification(group: int) -> dict[str, Any]:
    """Alerts of a few names; groups beyond the first storm are groups of their own with the same names."""
    names = [f"Storm{(group + place * 7) % NAMES:03d}" for place in range(NAMES_OF_A_GROUP)]
    severities = ("critical", "warning", "info")
    return factories.payload(
        *(
            factories.alert(
                names[place % NAMES_OF_A_GROUP],
                severity=severities[int(names[place % NAMES_OF_A_GROUP][-3:]) % 3],
                instance=f"host-{group}-{place}",
            )
            | {"fingerprint": f"{group:08x}{place:08x}"}
            for place in range(ALERTS)
        ),
        group=f'{{}}:{{storm="{group}"}}',
    )


if __name__ == "__main__":
    main()
