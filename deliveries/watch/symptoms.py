"""What the self-watch sees: one look at the database, in a fixed number of queries, as values for `troubles`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Max, Min, OuterRef, QuerySet, Subquery

from deliveries.figures import counts
from deliveries.models import Alert, Delivery, Lane, Notification, RejectedRequest, Worker
from deliveries.troubles import (
    REFUSED_FOR,
    REJECTED_FOR,
    Known,
    Refusal,
    Rejected,
    Seen,
    Stuck,
    TargetSeen,
    TroubleKind,
    Unread,
    Unrouted,
    WorkerSeen,
)
from deliveries.watch.hints import Why
from routing import rulebook
from routing.models import Target

# AlertHub's own words and test messages do not count: a watch that complains about its notices would never end.
COUNTED = (Delivery.Kind.ALERT, Delivery.Kind.DIGEST)
# Of these a sender's token may be told by what it was accepted as before.
_RECENT_NOTIFICATIONS = 500
_MOST_REFUSALS = 1000
_MOST_REJECTED = 200
# Alertmanager sends again what is answered with these or more.
_SENT_AGAIN_FROM = 500


def targets(now: datetime) -> list[Target]:
    """All of them, with their lanes, and with what has waited longest for each."""
    owed = Delivery.objects.filter(target_id=OuterRef("pk"), kind__in=COUNTED)
    due = owed.due(now).order_by("next_attempt_at", "id")
    held = owed.filter(state=Delivery.State.HELD).order_by("id")
    return list(
        Target.objects.select_related("lane", "server").annotate(
            oldest_due=Subquery(due.values("next_attempt_at")[:1]), oldest_held=Subquery(held.values("created_at")[:1])
        )
    )


def limit() -> timedelta:
    """How late a delivery may be before it is a trouble."""
    return timedelta(seconds=settings.OLDEST_DUE_LIMIT_SECONDS)


def hears(target: Target) -> bool:
    """Whether a notice would arrive there now: to one in trouble it would come late, with others like it."""
    lane: Lane | None = getattr(target, "lane", None)
    return target.hears_troubles and target.enabled and (lane is None or lane.unhealthy_since is None)


def seen(all_targets: Iterable[Target], known: Sequence[Known], now: datetime) -> Seen:
    refusals = _refusals(now)
    return Seen(
        now=now,
        limit=limit(),
        missing_after=timedelta(seconds=settings.WORKER_MISSING_AFTER_SECONDS),
        targets=[_target(target) for target in all_targets],
        workers=[_worker(worker) for worker in Worker.objects.all()],
        refusals=refusals,
        unread=_unread(),
        stuck=_stuck(),
        unrouted=_unrouted(now),
        rejected=_rejected(now),
        accepted_as=_accepted_as({each.sender for each in refusals if not each.source}),
        mended_at={
            each.about: each.ended_at or now for each in known if each.kind is TroubleKind.TARGET and each.about
        },
    )


def _worker(worker: Worker) -> WorkerSeen:
    away = worker.deaf_why == Why.AWAY
    return WorkerSeen(worker.name, worker.started_at, worker.seen_at, worker.deaf_since, broker_is_away=away)


def _target(target: Any) -> TargetSeen:
    lane: Lane = getattr(target, "lane", None) or Lane()
    limits = [target, target.server] if target.server else [target]
    return TargetSeen(
        id=target.pk,
        name=target.name,
        enabled=target.enabled,
        broken_at=lane.broken_at,
        broken_reason=lane.broken_reason,
        opened_at=lane.opened_at,
        last_error=lane.last_error,
        period=max(each.rate_limit_seconds if each.rate_limit_calls else 0 for each in limits),
        paused_until=lane.paused_until,
        oldest_due=target.oldest_due,
        oldest_held=target.oldest_held,
    )


def _refusals(now: datetime) -> list[Refusal]:
    lately = RejectedRequest.objects.filter(last_at__gt=now - REFUSED_FOR, status_code__lt=_SENT_AGAIN_FROM)
    columns = ("source_name", "sender", "status_code", "reason")
    rows = lately.order_by().values_list(*columns).annotate(first=Min("first_at"), last=Max("last_at"))
    return [Refusal(*row) for row in rows.order_by("-last")[:_MOST_REFUSALS]]


def _unread() -> list[Unread]:
    stored: QuerySet[Notification] = Notification.objects.filter(state=Notification.State.UNREAD)
    rows = stored.order_by().values_list("source_name").annotate(number=Count("pk"), since=Min("received_at"))
    return [Unread(*row) for row in rows]


def _stuck() -> list[Stuck]:
    rows = Alert.objects.filter(stuck_since__isnull=False).order_by().values_list("source_name")
    return [Stuck(*row) for row in rows.annotate(number=Count("pk"), since=Min("stuck_since"))]


def _unrouted(now: datetime) -> Unrouted | None:
    silent = [route.name for route in rulebook.current().routes if not route.target_ids and not route.records_only]
    first = counts.unrouted(now).values_list("notification__received_at", flat=True).first() if silent else None
    return Unrouted(silent, first) if first is not None else None


def _rejected(now: datetime) -> list[Rejected]:
    rows = Delivery.objects.filter(
        state=Delivery.State.REJECTED, settled=False, kind__in=COUNTED, ended_at__gt=now - REJECTED_FOR
    )
    columns = ("pk", "target_name", "target_id", "severity", "ended_at", "explanation")
    found = rows.order_by("-id").values_list(*columns)[:_MOST_REJECTED]
    return [Rejected(f"D-{pk}", *row) for pk, *row in found]


def _accepted_as(senders: set[str]) -> dict[str, list[str]]:
    """By address and program: the sources whose token each used lately."""
    if not senders:
        return {}
    newest = Notification.objects.order_by("-id").values_list("sender", "source_name")[:_RECENT_NOTIFICATIONS]
    found: dict[str, list[str]] = {}
    for sender, source in newest:
        if sender in senders and source not in found.setdefault(sender, []):
            found[sender].append(source)
    return found
