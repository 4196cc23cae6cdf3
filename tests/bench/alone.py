"""One alert at a time: from the POST until the message is in the room, while nothing else is under way."""

from __future__ import annotations

import json
import statistics
import time
import urllib.request

# isort: off
from tests.bench import rig  # sets Django up, so it comes first

MESSAGES, PAUSE_SECONDS = 63, 0.7


def main() -> None:
    with rig.room_server() as rooms:
        rig.prepare(rooms)
        with rig.web() as hub, rig.worker():
            rig.wait_for_workers(1)
            arrivals, answers = arrivals_of(f"{hub}/webhook", rooms, range(MESSAGES))
    middle, late = percentiles(arrivals)
    rig.report(
        rig.ratio("POST to room, idle, Redis: median", middle, most=25, unit=" ms"),
        rig.ratio("  95 of 100", late, most=60, unit=" ms"),
        ("  at most; the answer itself", f"{max(arrivals):.0f} ms; {statistics.median(answers):.0f} ms", "", True),
    )


def arrivals_of(webhook: str, rooms: str, numbers: range) -> tuple[list[float], list[float]]:
    """Milliseconds until each message was in the room, and until each POST was answered; the first three warm up."""
    poster = rig.Poster(webhook)
    arrivals, answers = [], []
    for number in numbers:
        began = time.time()
        answers.append(1000 * poster.post(rig.notification(number)))
        # A person comes when it suits: at another moment of the pump's second each time.
        time.sleep(PAUSE_SECONDS + 0.013 * (number % 23))
        arrivals.append(1000 * (_newest(rooms) - began))
    assert min(arrivals) > 0, "A message was not in the room in time."
    return arrivals[3:], answers[3:]


def percentiles(values: list[float]) -> tuple[float, float]:
    """The median, and what 95 of 100 stay below."""
    return statistics.median(values), statistics.quantiles(values, n=20)[-1]


def _newest(rooms: str) -> float:
    with urllib.request.urlopen(f"{rooms}/sandbox/messages", timeout=5) as answer:
        return max((message["received_at"] for message in json.load(answer)["messages"]), default=0.0)


if __name__ == "__main__":
    main()
