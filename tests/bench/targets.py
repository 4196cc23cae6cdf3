"""50 targets, 5 of them hanging for 30 s a call: how long fresh alerts to the other 45 take, against all being well."""

from __future__ import annotations

import json
import re
import time
from itertools import count

from tests.bench import rig  # sets Django up, so it comes first

# isort: off
from routing.models import Rule, Target
from tests import factories

TARGETS, HANGING = 50, 5
A_SECOND, SECONDS = 20, 25
_MARK = re.compile(r"Fresh(\d+)x")


def main() -> None:
    numbers = count()
    with rig.room_server() as rooms:
        rig.prepare(rooms)
        hooks = [_target(rooms, place) for place in range(TARGETS)]
        with rig.web() as hub, rig.worker():
            _trickle(hub, numbers, 2)  # warms up
            well = _arrivals(rooms, _trickle(hub, numbers, SECONDS))
            for hook in hooks[:HANGING]:
                rig.ask(rooms, f"hooks/{hook}/faults", {"kind": "hang", "seconds": 30})
            told = _trickle(hub, numbers, SECONDS)
            hanging = _arrivals(rooms, {number: at for number, at in told.items() if number % TARGETS >= HANGING})
            for hook in hooks[:HANGING]:
                rig.ask(rooms, f"hooks/{hook}/faults", method="DELETE")
    rig.report(
        rig.ratio(
            "fresh alerts to 45 targets, p99: 5 others hang / all well", rig.p99(hanging) / rig.p99(well), most=2
        ),
        ("  p50 and p99 while all are well", f"{_half(well):.2f} {rig.p99(well):.2f} s", "", True),
        ("  p50 and p99 while 5 hang", f"{_half(hanging):.2f} {rig.p99(hanging):.2f} s", "", True),
    )


def _target(rooms: str, place: int) -> str:
    """A target with a rule and a hook of its own; returns the hook's id."""
    hook = rig.ask(rooms, "hooks", {"room": f"#t{place}", "name": f"t{place}"})
    target = factories.make_target(f"t{place}", url=hook["url"])
    rule = Rule.objects.create(name=f"t{place}", position=1, matchers=f'place="{place}"')
    rule.targets.set(Target.objects.filter(pk=target.pk))
    return str(hook["id"])


def _trickle(hub: str, numbers: count[int], seconds: int) -> dict[int, float]:
    """Post alerts evenly, each to the next target; number -> when it was posted."""
    poster, told, due = rig.Poster(hub), {}, time.monotonic()
    for _ in range(A_SECOND * seconds):
        number = next(numbers)
        time.sleep(max(0.0, due - time.monotonic()))
        due += 1 / A_SECOND
        alert = factories.alert(f"Fresh{number}x", severity="info", place=str(number % TARGETS))
        told[number] = time.time()
        poster.post(json.dumps(factories.payload(alert, group=f"g{number}")).encode())
    return told


def _arrivals(rooms: str, told: dict[int, float]) -> list[float]:
    """Seconds from the post to the room, for each; what does not come within 30 s counts as 30."""
    deadline, arrived = time.monotonic() + 30, dict[int, float]()
    while told.keys() - arrived.keys() and time.monotonic() < deadline:
        for message in rig.ask(rooms, "messages")["messages"]:
            if found := _MARK.search(message["payload"]):
                arrived.setdefault(int(found[1]), message["received_at"])
        time.sleep(0.5)
    return [arrived.get(number, at + 30) - at for number, at in told.items()]


def _half(times: list[float]) -> float:
    return sorted(times)[len(times) // 2]


if __name__ == "__main__":
    main()
