"""How long Alertmanager waits for an answer while Rocket.Chat hangs, against the same while it is well."""

from __future__ import annotations

import json
import time
import urllib.request

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
        rig.ratio("answer time p99: Rocket.Chat hangs / is well", _p99(hanging) / _p99(well), most=1.5),
        ("  answer time p99 while it is well", f"{_p99(well) * 1000:.1f} ms", "", True),
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
        request = urllib.request.Request(
            f"{rooms}/sandbox/hooks/sandbox-{severity}/faults",
            data=json.dumps({"kind": "hang"}).encode(),
            headers={"Content-Type": "application/json"},
        )
        urllib.request.urlopen(request, timeout=5).close()


def _p99(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.99)]


if __name__ == "__main__":
    main()
