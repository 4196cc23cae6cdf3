"""10,000 alerts in 500 groups at once: into a room that takes 10 calls a minute, and into one that takes everything."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from tests.bench import rig  # sets Django up, so it comes first

# isort: off
from deliveries.models import Delivery
from routing.models import Source, Target
from tests import factories
from tests.bench import delivery
from tests.deliveries.digests import counts_in

GROUPS, ALERTS_A_GROUP, NAMES = 500, 20, 100
CALLS, PERIOD = 10, 60
_ALONE = re.compile(r"FIRING\* \((\d+)\)")


def main() -> None:
    with rig.room_server() as rooms:
        rig.prepare(rooms)
        hook = rig.ask(rooms, "hooks", {"room": "#storm", "name": "storm", "rate_limit": f"{CALLS}/{PERIOD}"})
        _limit(Target.objects.get(name="critical"), hook["url"])
        told = Counter(name for group in range(GROUPS) for name in _names(group))
        with rig.web() as hub, rig.worker():
            rig.post_all(hub, [_storm(group, "critical") for group in range(GROUPS)])
            began = time.time()
            shown, took = Counter[str](), 0.0
            while shown != told and took < PERIOD + 5:
                time.sleep(0.5)
                shown, took = _shown(rooms), time.time() - began
        calls = rig.ask(rooms, f"hooks/{hook['id']}/log")["log"]
        rate = _unlimited(rooms)
    rig.report(
        rig.ratio("storm: seconds until each of 10,000 alerts is named and counted", took, most=60, unit=" s"),
        ("  of them visible", f"{shown.total()}", f"{told.total()}", shown == told),
        ("  messages it took", f"{len(calls)}", "", True),
        rig.ratio("storm: most calls in any 60 s of a budget of 10", _most_in_a_period(calls), most=CALLS),
        ("  refused with 429", f"{sum(call['status'] == 429 for call in calls)}", "0", _none_refused(calls)),
        rig.ratio("storm without a budget: deliveries / bare requests.Session loop", rate, least=0.5),
    )


def _limit(target: Target, url: str) -> None:
    target.set_webhook_url(url)
    target.rate_limit_calls, target.rate_limit_seconds = CALLS, PERIOD
    target.save()


def _names(group: int) -> list[str]:
    return [f"Storm{(group * ALERTS_A_GROUP + place) % NAMES:03}" for place in range(ALERTS_A_GROUP)]


def _storm(group: int, severity: str) -> bytes:
    alerts = (
        factories.alert(name, severity=severity, instance=f"host-{group}-{place}")
        | {"fingerprint": f"{group:08x}{place:08x}"}
        for place, name in enumerate(_names(group))
    )
    return json.dumps(factories.payload(*alerts, group=f'{{}}:{{group="{severity}-{group}"}}')).encode()


def _shown(rooms: str) -> Counter[str]:
    """Alerts by name, as a person could count them in the room."""
    found: Counter[str] = Counter()
    for message in rig.ask(rooms, "messages?room=%23storm")["messages"]:
        document = message["message"]
        card = document["attachments"][0]["text"]
        if "*DIGEST*" in document["msg"]:
            for (_, name), number in counts_in(card).alerts.items():
                found[name] += number
        elif match := _ALONE.search(document["msg"]):
            # A message of its own names each of its alerts once.
            names = re.findall(r"Storm\d{3}", card)
            assert len(names) >= int(match[1])
            found.update(names[: int(match[1])])
    return found


def _most_in_a_period(calls: list[dict[str, Any]]) -> float:
    moments = [call["at"] for call in calls]
    return float(max(sum(start <= moment < start + PERIOD for moment in moments) for start in moments))


def _none_refused(calls: list[dict[str, Any]]) -> bool:
    return all(call["status"] == 200 for call in calls)


def _unlimited(rooms: str) -> float:
    """The rate of one worker draining the same storm without a budget, against a bare loop."""
    source = Source.objects.get()
    for group in range(GROUPS):
        factories.accept(source, _storm(group, "warning"), datetime.now(UTC))
    owed = Delivery.objects.filter(severity="warning")
    with rig.worker():
        rig.wait_until(lambda: not owed.exclude(state="delivered").exists(), 120)
    return delivery.steady_rate(owed, 50) / delivery.bare_rate(owed, rig.hooks(rooms)["warning"], 50)


if __name__ == "__main__":
    main()
