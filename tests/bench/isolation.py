"""Fresh alerts to 45 rooms while 5 others hang, against the same while all are well."""

from __future__ import annotations

import json
import re
import time
from contextlib import ExitStack

# isort: off
from tests.bench import rig, rooms  # sets Django up, so it comes first
from tests import factories

TARGETS, HANGING, HANGS_FOR_SECONDS = 50, 5, 30
ROUNDS, POSTS, POSTS_A_SECOND = 2, 300, 20
# Alerts that were not in the room by then count as this late.
_PATIENCE_SECONDS = 15
_NAME = re.compile(r"Trickle(\d+)")


def main() -> None:
    with ExitStack() as stack:
        sandbox = stack.enter_context(rig.room_server())
        rig.prepare(sandbox)
        hooks = [_room(sandbox, number) for number in range(TARGETS)]
        hub = stack.enter_context(rig.web())
        for _ in range(2):  # as many as `make run` has
            stack.enter_context(rig.worker())
        rig.wait_for_workers(2)
        _arrivals(hub, sandbox, range(2 * TARGETS))  # warms up
        well: list[float] = []
        beside: list[float] = []
        for first in range(1000, 1000 + ROUNDS * 2 * POSTS, 2 * POSTS):
            well += _arrivals(hub, sandbox, range(first, first + POSTS))
            for hook in hooks[:HANGING]:
                hook.fail("hang", seconds=HANGS_FOR_SECONDS)
            beside += _arrivals(hub, sandbox, range(first + POSTS, first + 2 * POSTS))
            for hook in hooks[:HANGING]:
                hook.heal()
    rig.report(
        rig.ratio(
            f"p99 until in the room: {HANGING} of {TARGETS} rooms hang / all are well",
            _at(0.99, beside) / _at(0.99, well),
            most=2.0,
        ),
        ("  p50 and p99 while all are well", _shown(well), "", True),
        (f"  p50 and p99 of the others while {HANGING} hang", _shown(beside), "", True),
    )


def _room(sandbox: str, number: int) -> rooms.Hook:
    hook = rooms.make_hook(sandbox, f"room{number}")
    target = factories.make_target(f"room{number}", hook.url)
    factories.make_rule(f"room{number}", [target], position=100 + number, matchers=f'room="{number}"')
    return hook


def _arrivals(hub: str, sandbox: str, numbers: range) -> list[float]:
    """Seconds from each POST until the alert was in its room; those to rooms that may hang are left out."""
    poster = rig.Poster(hub)
    posted: dict[int, float] = {}
    due = time.monotonic()
    for number in numbers:
        time.sleep(max(0.0, due - time.monotonic()))
        due += 1 / POSTS_A_SECOND
        posted[number] = time.time()
        poster.post(_notification(number))
    posted = {number: at for number, at in posted.items() if number % TARGETS >= HANGING}
    over = time.monotonic()
    arrived = _arrived(sandbox)
    while not posted.keys() <= arrived.keys() and time.monotonic() - over < _PATIENCE_SECONDS:
        time.sleep(0.5)
        arrived = _arrived(sandbox)
    never = time.time()
    return [arrived.get(number, never) - at for number, at in posted.items()]


def _arrived(sandbox: str) -> dict[int, float]:
    arrived = {}
    for message in rooms.messages(sandbox):
        found = _NAME.search(rooms.words(message)[0])
        if found and message["room"] == f"#room{int(found[1]) % TARGETS}":
            arrived[int(found[1])] = message["received_at"]
    return arrived


def _notification(number: int) -> bytes:
    room = str(number % TARGETS)
    alert = factories.alert(f"Trickle{number}", severity="", room=room)
    return json.dumps(factories.payload(alert, group=f'{{}}:{{number="{number}"}}')).encode()


def _at(share: float, times: list[float]) -> float:
    return sorted(times)[int(len(times) * share)]


def _shown(times: list[float]) -> str:
    return f"{_at(0.5, times) * 1000:.0f}/{_at(0.99, times) * 1000:.0f} ms"


if __name__ == "__main__":
    main()
