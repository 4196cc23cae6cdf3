"""Accepting a 5-alert notification, against the bare view; rounds alternate so that both meet the same machine."""

from __future__ import annotations

from statistics import median, quantiles

from tests.bench import rig

ROUNDS, POSTS = 16, 160


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
    # The first round warms up. Each is compared with the one beside it: the machine changes its pace meanwhile.
    ratios = [quick / slow for quick, slow in zip(times[bare][1:], times[hub][1:], strict=True)]
    rig.report(
        rig.ratio("ingest of 5 alerts / bare view that writes the same rows", median(ratios), least=0.8),
        ("  notifications a second", f"{POSTS / median(times[hub][1:]):.0f}", "", True),
        ("  the ratio's quarters", f"{', '.join(f'{each:.2f}' for each in quantiles(ratios, n=4))}", "", True),
    )


if __name__ == "__main__":
    main()
