"""What an alert costs with a thousand rules, beside ten; and a notification of a thousand alerts, in and out."""

from __future__ import annotations

from datetime import UTC, datetime
from statistics import median
from time import process_time

# isort: off
from tests.bench import rig, rooms  # sets Django up, so it comes first
from deliveries.models import Delivery
from deliveries.send import roads, sender
from routing.models import Rule, Source, Target
from tests import factories

FEW, MANY, ROUNDS, ALERTS = 10, 1000, 60, 1000


def main() -> None:
    with rig.room_server() as sandbox:
        rig.prepare(sandbox)
        source, target = Source.objects.get(), factories.make_target("rules", rooms.make_hook(sandbox, "rules").url)
        rig.tell_only(target)
        costs = {}
        for count in (FEW, MANY):
            _make_rules(target, count)
            costs[count] = _cost_of_one(source)
        # Twice: the first one meets cold caches.
        accepted, rendered = [_of_a_large_one(source, target, number) for number in range(3)][-1]
    rig.report(
        rig.ratio(f"CPU to accept an alert: {MANY} rules / {FEW}", costs[MANY] / costs[FEW], most=3.0),
        ("  by rules", "; ".join(f"{count}: {1000 * cost:.2f} ms" for count, cost in costs.items()), "", True),
        rig.ratio(f"{ALERTS} alerts in one notification: accepted", 1000 * accepted, most=100, unit=" ms"),
        rig.ratio("  rendered and sent", 1000 * rendered, most=50, unit=" ms"),
    )


def _make_rules(target: Target, count: int) -> None:
    first = Rule.objects.filter(is_fallback=False).count()
    for number in range(first, count):
        factories.make_rule(f"team {number}", [target], position=number, matchers=f'team="t{number}"')


def _cost_of_one(source: Source) -> float:
    """Seconds of this process's processor."""
    costs = []
    for number in range(ROUNDS):
        body = factories.payload(factories.alert(instance=f"{number}", team=f"t{number % FEW}"), group=f"g{number}")
        began = process_time()
        factories.accept(source, body, datetime.now(UTC))
        costs.append(process_time() - began)
    return median(costs[10:])


def _of_a_large_one(source: Source, target: Target, number: int) -> tuple[float, float]:
    """Seconds of this process's processor until it is accepted, and until its message is sent."""
    alerts = (factories.alert(f"A{place % 7}", team="t1", instance=f"{number}-{place}") for place in range(ALERTS))
    body = factories.payload(*alerts, group=f"large-{number}")
    Delivery.objects.open().update(state=Delivery.State.CANCELLED, ended_at=datetime.now(UTC))
    began = process_time()
    factories.accept(source, body, datetime.now(UTC))
    accepted = process_time() - began
    client = roads.new_client()
    began = process_time()
    made = sender.drain(target.pk, client, clock=sender.utc_now, worker="bench")
    assert made == 1, made
    return accepted, process_time() - began


if __name__ == "__main__":
    main()
