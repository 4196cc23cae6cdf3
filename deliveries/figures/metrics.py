"""Every figure AlertHub exports, named and helped in one place.

They are read from the database at scrape time, so each process of each machine tells the same. What costs a scan of a
large table is remembered for a few seconds, as several Prometheus servers may ask at once.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, FloatField, Min, Q, QuerySet, Sum
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from deliveries import troubles
from deliveries.accept import ghosts
from deliveries.figures import counts
from deliveries.figures.buckets import Bucket, Seconds
from deliveries.models import Alert, Attempt, Delivery, Notification, RejectedRequest, Trouble, Worker, carried
from routing.models import Source, Target

BUCKETS = (0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600)
"""Seconds from being owed to being in the room."""
_REMEMBERED_FOR = timedelta(seconds=10)
# A merged one is open until what carries it is in the room.
_OPEN = (*Delivery.OPEN, Delivery.State.MERGED)
_ENDED = [state for state in Delivery.State if state not in Delivery.OPEN]


def text(now: datetime) -> bytes:
    """Prometheus' text format, version 0.0.4. Raises django.db.Error."""
    registry = CollectorRegistry()
    registry.register(_Figures(now))
    return generate_latest(registry)


class _Figures(Collector):
    def __init__(self, now: datetime) -> None:
        self._now = now

    def describe(self) -> Iterable[Metric]:
        """Nothing: asked when it is registered, it would read the database twice."""
        return []

    def collect(self) -> Iterator[Metric]:
        build = GaugeMetricFamily("alerthub_build_info", "The version that runs; always 1.", labels=["version"])
        build.add_metric([settings.VERSION], 1)
        yield build
        yield from _totals.at(self._now)
        yield from _waiting(self._now)
        yield from _alerts(self._now)
        yield from _health(self._now)


class _Remembered:
    """What `read` gave, for a few seconds; one thread reads while the others wait for its answer."""

    def __init__(self, read: Callable[[], list[Metric]]) -> None:
        self._read, self._lock = read, threading.Lock()
        self._kept: tuple[datetime, list[Metric]] | None = None

    def at(self, now: datetime) -> list[Metric]:
        with self._lock:
            if self._kept is None or not timedelta(0) <= now - self._kept[0] < _REMEMBERED_FOR:
                self._kept = now, self._read()
            return self._kept[1]

    def forget(self) -> None:
        self._kept = None


def forget() -> None:
    """Drop what is kept in memory: for tests."""
    _totals.forget()


def _read_totals() -> list[Metric]:
    return [_notifications(), _rejected(), _deliveries(), _attempts(), _delivery_seconds()]


_totals = _Remembered(_read_totals)


def _counter(name: str, help_text: str, labels: list[str], rows: Iterable[tuple[Any, ...]]) -> Metric:
    """`rows` are label values followed by the number."""
    family = CounterMetricFamily(name, help_text, labels=labels)
    for *values, number in rows:
        family.add_metric([str(value) for value in values], number)
    return family


def _notifications() -> Metric:
    rows = Notification.objects.order_by().values_list("source_name", "state").annotate(number=Count("pk"))
    return _counter(
        "alerthub_notifications", "Notifications accepted, by what became of them.", ["source", "state"], rows
    )


def _rejected() -> Metric:
    rows = RejectedRequest.objects.order_by().values_list("reason").annotate(number=Sum("times"))
    return _counter("alerthub_rejected_requests", "Posts refused at the door, kept for 30 days.", ["reason"], rows)


def _deliveries() -> Metric:
    by_state = Delivery.objects.filter(state__in=_ENDED).exclude(state=Delivery.State.MERGED).order_by()
    merged = Delivery.objects.filter(state=Delivery.State.MERGED).order_by().annotate(stands=carried.stands())
    numbers = Counter(dict.fromkeys((state.value for state in _ENDED), 0))
    numbers.update(dict(by_state.values_list("state").annotate(number=Count("pk"))))
    # What carries it may be open; and what is open is no part of a counter.
    for state, number in merged.values_list("stands").annotate(number=Count("pk")):
        numbers[state] += number if state in numbers else 0
    return _counter("alerthub_deliveries", "Deliveries that ended, by how.", ["state"], numbers.items())


def _attempts() -> Metric:
    rows = Attempt.objects.exclude(outcome="").order_by().values_list("outcome", "reason").annotate(number=Count("pk"))
    return _counter(
        "alerthub_attempts", "Calls to Rocket.Chat, by how they ended and why.", ["outcome", "reason"], rows
    )


def _delivery_seconds() -> Metric:
    found = [
        *_took(Delivery.objects.filter(carried.IN_ROOM_BY_ITSELF), "ended_at"),
        *_took(carried.in_room_with_resolved(), "carried_by__ended_at"),
    ]
    within = [(border, sum(row[1] for row in found if row[0] <= place)) for place, border in enumerate(BUCKETS)]
    buckets = [*((str(float(border)), number) for border, number in within), ("+Inf", sum(row[1] for row in found))]
    family = HistogramMetricFamily("alerthub_delivery_seconds", "From being owed to being in the room.")
    family.add_metric([], buckets, sum_value=sum(row[2] for row in found))
    return family


def _took(told: QuerySet[Delivery], at: str) -> Iterable[tuple[int, int, float]]:
    """(bucket, how many, seconds of all) of those that the room was told `at`."""
    took = Seconds(at, "created_at")
    rows = told.order_by().values_list(Bucket(took, BUCKETS, FloatField()))
    return rows.annotate(number=Count("pk"), total=Sum(took))


def _waiting(now: datetime) -> Iterator[Metric]:
    """Read at each scrape: few rows, found by their own indexes."""
    names = list(Target.objects.values_list("name", flat=True))
    open_ones = _gauge("alerthub_deliveries", "Deliveries that have not ended.", ["state", "target"])
    rows = [some.order_by().values_list("state", "target__name").annotate(number=Count("pk"))
            for some in (Delivery.objects.open().filter(state__in=_OPEN), carried.ended_too_early())]  # fmt: skip
    numbers = Counter({(state.value, name): 0 for state in _OPEN for name in names})
    for state, name, number in rows[0].union(rows[1], all=True):
        numbers[state, name or ""] += number
    for labels, number in numbers.items():
        open_ones.add_metric(labels, number)
    yield open_ones

    depth = _gauge("alerthub_due_deliveries", "Deliveries that could be sent now.", ["target"])
    age = _gauge("alerthub_oldest_due_seconds", "For how long the oldest of them is due.", ["target"])
    due = Delivery.objects.due(now).filter(target__enabled=True)
    counted = due.order_by().values_list("target__name").annotate(number=Count("pk"), since=Min("next_attempt_at"))
    by_name = {name: (number, (now - since).total_seconds()) for name, number, since in counted}
    for name in names:
        number, seconds = by_name.get(name, (0, 0.0))
        depth.add_metric([name], number)
        age.add_metric([name], seconds)
    yield depth
    yield age


def _alerts(now: datetime) -> Iterator[Metric]:
    """What fires, read at each scrape: by an index."""
    firing = _gauge("alerthub_firing_alerts", "Alerts that fire.", ["source"])
    kept = _gauge(
        "alerthub_kept_back_alerts", "Of them: kept back by a silence, a window, or as maybe late.", ["source"]
    )
    ghostly = _gauge("alerthub_unheard_alerts", "Of them: not heard of for longer than the source repeats.", ["source"])
    counts = {
        "firing": Count("pk"),
        "kept": Count("pk", filter=Q(silent_until__isnull=False)),
        "unheard": Count("pk", filter=ghosts.unheard(now)),
    }
    rows = Alert.objects.filter(status="firing").order_by().values_list("source_name").annotate(**counts)
    known = {name: (number, back, unheard) for name, number, back, unheard in rows}
    for name in {*Source.objects.values_list("name", flat=True), *known}:
        for family, number in zip((firing, kept, ghostly), known.get(name, (0, 0, 0)), strict=True):
            family.add_metric([name], number)
    yield from (firing, kept, ghostly)


def _health(now: datetime) -> Iterator[Metric]:
    """How AlertHub itself does: read at each scrape."""
    broken = _gauge("alerthub_target_unhealthy", "1: a target is enabled and does not take messages.", ["target"])
    circuit = _gauge("alerthub_circuit_open", "1: a target failed too often and is probed only.", ["target"])
    columns = ("name", "enabled", "lane__broken_at", "lane__opened_at")
    for name, enabled, broken_at, opened_at in Target.objects.values_list(*columns):
        broken.add_metric([name], float(enabled and (broken_at or opened_at) is not None))
        circuit.add_metric([name], float(opened_at is not None))
    yield broken
    yield circuit

    count = counts.unrouted(now).order_by().count()
    yield GaugeMetricFamily(
        "alerthub_unrouted_alerts",
        "Alerts of the last 24 hours told to nobody: their rule names no target.",
        value=count,
    )

    known = _gauge("alerthub_troubles", "Troubles of AlertHub's own that are not over.", ["kind"])
    rows = Trouble.objects.filter(ended_at=None).order_by().values_list("kind").annotate(number=Count("pk"))
    for kind, number in (dict.fromkeys((kind.value for kind in troubles.TroubleKind), 0) | dict(rows)).items():
        known.add_metric([kind], number)
    yield known

    workers = Worker.objects.living(now).count()
    yield GaugeMetricFamily("alerthub_workers", "Worker processes seen within the last 60 seconds.", value=workers)


def _gauge(name: str, help_text: str, labels: list[str]) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, help_text, labels=labels)
