"""Accepting a 5-alert notification, against the bare view; rounds alternate so that both meet the same machine."""

from __future__ import annotations

from statistics import median

from tests.bench import rig

ROUNDS, POSTS = 7, 160


def main() -> None:
    rig.prepare("http://127.0.0.1:9")
    with rig.web() as hub, rig.web("tests.bench.bare:application") as bare:
        number = 0
        times: dict[str, list[float]] = {hub: [], bare: []}
        for _ in range(ROUNDS):
            for url, took in times.items():
                bodies = [rig.notification(number + place) for place in range(POSTS)]
                number += POSTS
                took.append(rig.post_all(url, bodies))
    # The first round warms up.
    quick, slow = median(times[bare][1:]), median(times[hub][1:])
    rig.report(
        rig.ratio("ingest of 5 alerts / bare view that writes the same rows", quick / slow, least=0.8),
        ("  notifications a second", f"{POSTS / slow:.0f}", "", True),
    )


if __name__ == "__main__":
    main()
