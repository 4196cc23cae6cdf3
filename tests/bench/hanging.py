"""How long Alertmanager waits for an answer while Rocket.Chat hangs, against the same while it is well."""

from __future__ import annotations

import time

from tests.bench import rig

POSTS, EVERY_SECONDS = 500, 0.02


def main() -> None:
    with rig.room_server() as rooms:
        rig.prepare(rooms)
        with rig.web() as hub, rig.worker():
            _answer_times(hub, 0)  # warms up
            well = _answer_times(hub, POSTS)
            _hang(rooms)
            hanging = _answer_times(hub, 2 * POSTS)
    rig.report(
        rig.ratio("answer time p99: Rocket.Chat hangs / is well", rig.p99(hanging) / rig.p99(well), most=1.5),
        ("  answer time p99 while it is well", f"{rig.p99(well) * 1000:.1f} ms", "", True),
    )


def _answer_times(hub: str, first: int) -> list[float]:
    poster = rig.Poster(hub)
    times = []
    due = time.monotonic()
    for number in range(first, first + POSTS):
        time.sleep(max(0.0, due - time.monotonic()))
        due += EVERY_SECONDS
        times.append(poster.post(rig.notification(number)))
    return times


def _hang(rooms: str) -> None:
    for severity in rig.hooks(rooms):
        rig.ask(rooms, f"hooks/sandbox-{severity}/faults", {"kind": "hang"})


if __name__ == "__main__":
    main()
