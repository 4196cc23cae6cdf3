"""Accepting and delivering at saturation, against a view without a database that posts while its caller waits.

Several callers post without a pause; the clock stops when the last message is in the room.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from statistics import median
from time import perf_counter

# isort: off
from tests.bench import rig, rooms  # sets Django up, so it comes first
from routing.models import Target
from tests import factories

ROUNDS, CALLERS = 3, 4
# Messages a round by what the room takes for an answer, in seconds: a relay's callers wait for each.
POSTS = {0.0: 1200, 0.02: 600, 0.05: 300, 1.0: 24}


def main() -> None:
    ratios: dict[float, float] = {}
    rates: dict[float, tuple[float, float]] = {}
    with ExitStack() as stack:
        sandbox = stack.enter_context(rig.room_server())
        rig.prepare(sandbox)
        ours, theirs = rooms.make_hook(sandbox, "ours"), rooms.make_hook(sandbox, "theirs")
        target = factories.make_target("ours", ours.url)
        rig.tell_only(target)
        os.environ["BENCH_HOOK"] = theirs.url
        hub, relay = stack.enter_context(rig.web()), stack.enter_context(rig.web("tests.bench.bare_relay:application"))
        stack.enter_context(rig.worker())
        rig.wait_for_workers(1)
        number = 0
        for seconds, posts in POSTS.items():
            for hook in (ours, theirs):
                hook.heal()
                if seconds:
                    hook.fail("slow", seconds=seconds)
            rounds: dict[str, list[float]] = {hub: [], relay: []}
            for _ in range(ROUNDS):
                for url, found in rounds.items():
                    bodies = [rig.notification(number + place) for place in range(posts)]
                    number += posts
                    found.append(posts / _took(url, bodies, drained=url == hub, target=target))
            ratios[seconds] = median(a / b for a, b in zip(rounds[hub], rounds[relay], strict=True))
            rates[seconds] = median(rounds[hub]), median(rounds[relay])
    rig.report(
        *(
            rig.ratio(f"accept and deliver / bare relay, room at {seconds * 1000:.0f} ms", found, least=1.0 if seconds else 0.8)
            for seconds, found in ratios.items()
        ),
        ("  a second: ours / theirs", "; ".join(f"{a:.0f} / {b:.0f}" for a, b in rates.values()), "", True),
    )  # fmt: skip


def _took(url: str, bodies: list[bytes], *, drained: bool, target: Target) -> float:
    began = perf_counter()
    rig.post_all(f"{url}/webhook", bodies, CALLERS)
    if drained:
        rig.wait_until(lambda: rig.drained(target), 120, pause=0.02)
    return perf_counter() - began


if __name__ == "__main__":
    main()
