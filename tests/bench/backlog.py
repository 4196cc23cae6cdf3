"""20,000 due deliveries after an outage: the rate of draining them must not fall with the depth, nor memory grow."""

from __future__ import annotations

from datetime import UTC, datetime

import psutil

from tests.bench import rig  # sets Django up, so it comes first

# isort: off
from deliveries.models import Attempt, Delivery
from routing.models import Source
from tests import factories

STEADY, DEEP, GROUPS, WARM_UP = 2000, 20_000, 2000, 300


def main() -> None:
    source = Source.objects
    with rig.room_server() as rooms:
        rig.prepare(rooms)
        _accept(source.get(), 0, STEADY)
        with rig.worker() as process:
            worker = psutil.Process(process.pid)
            rig.wait_until(_is_drained, 120)
            steady, start = _rate(_moments()[WARM_UP:]), _resident(worker)
            process.terminate()
            process.wait(timeout=60)
        _accept(source.get(), STEADY, STEADY + DEEP)
        memory: list[float] = []
        with rig.worker() as process:
            worker = psutil.Process(process.pid)

            def is_drained() -> bool:
                memory.append(_resident(worker))
                return _is_drained()

            rig.wait_until(is_drained, 240)
        deep = _moments()[STEADY + WARM_UP :]
    third = len(deep) // 3
    thirds = [_rate(deep[first : first + third]) for first in (0, third, 2 * third)]
    rig.report(
        rig.ratio("backlog of 20,000 / of 2,000, deliveries a second", _rate(deep) / steady, least=0.8),
        rig.ratio("  last third / first third", thirds[2] / thirds[0], least=0.8),
        ("  deliveries a second: 2,000; thirds of 20,000", f"{steady:.0f}; {thirds[0]:.0f} {thirds[1]:.0f} {thirds[2]:.0f}", "", True),
        rig.ratio("worker's memory after 20,000 / after 2,000", memory[-1] / start, most=1.2),
        ("  MB: after 2,000; most, after 20,000", f"{start:.0f}; {max(memory):.0f} {memory[-1]:.0f}", "", True),
    )  # fmt: skip


def _accept(source: Source, first: int, last: int) -> None:
    for number in range(first, last):
        alert = factories.alert(severity="warning", instance=f"host-{number}")
        factories.accept(source, factories.payload(alert, group=f"g{number % GROUPS}"), datetime.now(UTC))


def _is_drained() -> bool:
    return not Delivery.objects.filter(ended_at=None).exists()


def _moments() -> list[datetime]:
    return sorted(Attempt.objects.filter(outcome="delivered").values_list("started_at", flat=True))


def _rate(moments: list[datetime]) -> float:
    return (len(moments) - 1) / (moments[-1] - moments[0]).total_seconds()


def _resident(process: psutil.Process) -> float:
    return float(process.memory_info().rss) / 1024 / 1024


if __name__ == "__main__":
    main()
