"""`make run` as a newcomer has it: how soon the first message is in the room, and what the whole stack weighs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from statistics import median

import psutil

from tests import servers
from tests.bench import alone, rig

WARM_UP, MESSAGES = 5, 48


def main() -> None:
    port, room_port = servers.free_port(), servers.free_port()
    environment = os.environ | {
        "PORT": str(port), "SANDBOX_PORT": str(room_port), "ALERTMANAGER_TOKEN": rig.TOKEN, "ROCKETCHAT_RATE_LIMIT": "0",
    }  # fmt: skip
    stack = subprocess.Popen([sys.executable, "-m", "alerthub.run"], env=environment, stdout=subprocess.PIPE, text=True)
    try:
        for line in stack.stdout or ():
            if re.search("Ctrl-C stops", line):
                break
        webhook, room = f"http://127.0.0.1:{port}/webhook", f"http://127.0.0.1:{room_port}"
        first = _seconds_to_the_room(port, room_port, 0)
        alone.arrivals_of(webhook, room, range(1, WARM_UP))
        family = [psutil.Process(stack.pid), *psutil.Process(stack.pid).children(recursive=True)]
        resident = sum(process.memory_info().rss for process in family) / 2**20
        own = sum(process.memory_full_info().pss for process in family) / 2**20
        arrivals, answers = alone.arrivals_of(webhook, room, range(WARM_UP, MESSAGES))
    finally:
        stack.terminate()  # whoever starts the bench in the background has children that ignore Ctrl-C
        stack.wait(timeout=60)
    middle, late = alone.percentiles(arrivals)
    rig.report(
        rig.ratio("embedded: first message in the room after the POST", first, most=1.0, unit=" s"),
        rig.ratio("  the later ones: median", middle, most=80, unit=" ms"),
        rig.ratio("  95 of 100", late, most=150, unit=" ms"),
        ("  at most; the answer itself", f"{max(arrivals):.0f} ms; {median(answers):.0f} ms", "", True),
        rig.ratio("embedded: memory of the whole stack, resident", resident, most=450, unit=" MB"),
        ("  the same, shared pages counted once", f"{own:.0f} MB", "", True),
    )


def _seconds_to_the_room(port: int, room_port: int, number: int) -> float:
    began = time.time()
    rig.Poster(f"http://127.0.0.1:{port}/webhook").post(rig.notification(number))
    found: list[float] = []

    def arrived() -> bool:
        with urllib.request.urlopen(f"http://127.0.0.1:{room_port}/sandbox/messages", timeout=5) as answer:
            found[:] = [message["received_at"] for message in json.load(answer)["messages"]]
        return len(found) > number

    rig.wait_until(arrived, 20, pause=0.05)
    return max(found) - began


if __name__ == "__main__":
    main()
