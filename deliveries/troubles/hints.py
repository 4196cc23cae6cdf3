"""Hints that nobody reads: nothing is lost by it, and everything is a second late."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from deliveries.troubles.finding import Finding, TroubleKind
from deliveries.troubles.seen import WorkerSeen

DEAF_FOR = timedelta(seconds=60)
"""A worker that reads no hints for so long is a trouble: until then it may be a broker that is started again."""
_MEANWHILE = "Nothing is lost: workers find what is due by themselves, up to a second slower."


def not_read(living: Sequence[WorkerSeen], now: datetime) -> Iterator[Finding]:
    """One for each worker that reads none though some lie there; one for all that cannot reach the broker."""
    deaf = [(worker, worker.deaf_since) for worker in living if worker.deaf_since]
    long = [(worker, since) for worker, since in deaf if now - since > DEAF_FOR]
    for worker, since in long:
        if not worker.broker_is_away:
            yield Finding(
                kind=TroubleKind.HINTS,
                subject=worker.name,
                since=since,
                what=f"Worker {worker.name} reads no hints, though some lie in the broker.",
                advice=f"Start it again; its log may say why. {_MEANWHILE}",
                page="/admin/deliveries/trouble/",
                severity="warning",
            )
    away = [since for worker, since in long if worker.broker_is_away]
    if away:
        yield Finding(
            kind=TroubleKind.HINTS,
            subject="broker",
            since=min(away),
            what="Workers cannot reach the broker, so they read no hints.",
            advice=f"Look at the broker and at CELERY_BROKER_URL. {_MEANWHILE}",
            page="/admin/deliveries/trouble/",
            severity="warning",
        )
