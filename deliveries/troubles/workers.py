"""Which workers are missing. One that stops in order says so by deleting its row; these did not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from deliveries.troubles.finding import Finding, TroubleKind
from deliveries.troubles.seen import WorkerSeen


def living(workers: Sequence[WorkerSeen], now: datetime, missing_after: timedelta) -> list[WorkerSeen]:
    return [worker for worker in workers if now - worker.seen_at <= missing_after]


def replaced(workers: Sequence[WorkerSeen], now: datetime, missing_after: timedelta) -> list[WorkerSeen]:
    """Silent workers in whose place another one started on the same host after they were last seen.

    Each newcomer takes the place of one: of two that died, one that is started again replaces one.
    """
    newcomers = living(workers, now, missing_after)
    found: list[WorkerSeen] = []
    # Who was seen last has the fewest newcomers to choose from.
    for gone in sorted(_silent(workers, now, missing_after), key=lambda worker: worker.seen_at, reverse=True):
        fitting = (new for new in newcomers if new.host == gone.host and new.started_at > gone.seen_at)
        newcomer = next(fitting, None)
        if newcomer is not None:
            newcomers.remove(newcomer)
            found.append(gone)
    return found


def missing(workers: Sequence[WorkerSeen], now: datetime, missing_after: timedelta) -> list[Finding]:
    others = len(living(workers, now, missing_after))
    run = "1 other worker runs" if others == 1 else f"{others} other workers run"
    in_order = replaced(workers, now, missing_after)
    return [
        Finding(
            kind=TroubleKind.WORKER,
            subject=worker.name,
            since=worker.seen_at,
            what=f"Worker {worker.name} is missing: it neither works nor stopped in order.",
            advice=f"Look at that machine and the worker's log, and start it again. Nothing is lost: {run}. "
            "A machine that never comes back is forgotten after a day.",
            page="/admin/deliveries/trouble/",
            severity="warning",
        )
        for worker in _silent(workers, now, missing_after)
        if worker not in in_order
    ]


def _silent(workers: Sequence[WorkerSeen], now: datetime, missing_after: timedelta) -> list[WorkerSeen]:
    return [worker for worker in workers if now - worker.seen_at > missing_after]
