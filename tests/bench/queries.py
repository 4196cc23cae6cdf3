"""How many statements an accepted notification and a drained batch cost, whatever their size."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.bench import rig  # sets Django up, so it comes first

# isort: off
from deliveries.models import Lane
from routing.models import Source, Target
from tests import factories
from tests.deliveries import lanes

_FRAMES = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")


def main() -> None:
    rig.prepare("http://127.0.0.1:9")
    source, target = Source.objects.get(), Target.objects.get(name="warning")
    _accept(source, 1, "warm up")
    accepted = [statements(lambda size=size: _accept(source, size, f"g{size}")) for size in (1, 10, 200)]
    lanes.send_all(target, datetime.now(UTC))
    drained = [_drained(source, target, size) for size in (1, 8, 64)]
    rig.report(
        rig.ratio("statements an accepted notification costs: most of 1, 10, 200 alerts", max(accepted), most=8),
        ("  each", " ".join(map(str, accepted)), "alike", len(set(accepted)) == 1),
        rig.ratio("statements a drained batch costs: most of 1, 8, 64 deliveries", max(drained), most=16),
        ("  each", " ".join(map(str, drained)), "alike", max(drained) - min(drained) <= 1),
    )


def statements(do: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as seen:
        do()
    return sum(not query["sql"].startswith(_FRAMES) for query in seen.captured_queries)


def _accept(source: Source, size: int, group: str) -> None:
    """To a group that is known: a new one costs two statements more, once."""
    alerts = [factories.alert(f"A{place}", severity="warning", group=group) for place in range(size)]
    factories.accept(source, factories.payload(*alerts, group="known"), datetime.now(UTC))


def _drained(source: Source, target: Target, size: int) -> int:
    now = datetime.now(UTC)
    for place in range(size):
        alert = factories.alert("Batch", severity="warning", place=f"{size}-{place}")
        factories.accept(source, factories.payload(alert, group=f"batch-{size}-{place}"), now)
    Lane.objects.update(streak=100)

    def drain() -> None:
        claimed = lanes.claim(target, now)
        assert claimed is not None
        assert len(claimed.pairs) == size
        lanes.record(claimed, now, lanes.outcome(now))

    return statements(drain)


if __name__ == "__main__":
    main()
