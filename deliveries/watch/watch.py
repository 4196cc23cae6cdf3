"""The self-watch: looks for what is wrong with AlertHub and its surroundings, records it, and tells who wants to hear.

What counts as trouble, and what is told of it, is decided in `troubles`. One worker looks at a time: who holds the one
row of Watch.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.db import Error, transaction
from django.db.models import Q

from deliveries import outbox, troubles, unavailable
from deliveries.models import Delivery, Notification, Trouble, Watch, Worker
from deliveries.send.roads import policy
from deliveries.troubles import Finding, Key, Known, News, TroubleKind
from deliveries.watch import ping, symptoms
from routing.models import Target

log = logging.getLogger(__name__)

# The pump of every worker asks about every 5 seconds: whoever comes first looks.
_LOOKED = timedelta(seconds=4)


def look(now: datetime) -> set[int]:
    """Look, unless another worker does or just did; returns the targets that are owed a notice now. Never raises."""
    try:
        last = Watch.objects.filter(pk=1).first()
        if last is None:
            Watch.objects.bulk_create([Watch(pk=1)], ignore_conflicts=True)
        elif not _is_time(last, now):
            return set()
        with transaction.atomic():
            watch = _hold(now)
            if watch is None:
                return set()
            owed, is_well = _look(now)
            pings = is_well and _ping_is_due(watch, now) and late(now) is None
            watch.checked_at, watch.pinged_at = now, now if pings else watch.pinged_at
            watch.save(update_fields=["checked_at", "pinged_at"])
    except Exception as error:
        unavailable.report(log, "The self-watch could not look and tries again", error)
        return set()
    if pings:
        ping.send_soon(settings.PING_URL, f"AlertHub/{settings.VERSION}", policy())
    return owed


def leave(name: str) -> None:
    """A worker stops in order: nobody misses it. Never raises: nothing may keep it from stopping."""
    try:
        Worker.objects.filter(name=name).delete()
    except Error as error:
        log.warning("This worker could not say that it stops, so it will be missed: %s", type(error).__name__)


def late(now: datetime) -> Delivery | Notification | None:
    """Something accepted that has neither ended nor is on time: an unread notification, or an alert or digest that is
    open for longer than the limit; what waits for a disabled target does so on purpose."""
    unread = Notification.objects.filter(state=Notification.State.UNREAD).defer("body").first()
    if unread is not None:
        return unread
    open_ones = Delivery.objects.open().filter(kind__in=symptoms.COUNTED, target__enabled=True)
    # Any will do: sorting all of a backlog would cost more.
    return open_ones.filter(created_at__lt=now - symptoms.limit()).order_by().first()


def nobody_listens() -> bool:
    return not Target.objects.filter(hears_troubles=True, enabled=True).exists()


def _is_time(watch: Watch, now: datetime) -> bool:
    # A clock that was set back must not stop the watch.
    return watch.checked_at is None or not timedelta(0) <= now - watch.checked_at < _LOOKED


def _hold(now: datetime) -> Watch | None:
    """The locked row; None if another worker holds it or has looked meanwhile. (SQLite locks the whole database.)"""
    watch = Watch.objects.filter(pk=1).select_for_update(skip_locked=True).first()
    return watch if watch is not None and _is_time(watch, now) else None


def _ping_is_due(watch: Watch, now: datetime) -> bool:
    every = timedelta(seconds=settings.PING_EVERY_SECONDS)
    return bool(settings.PING_URL) and ping.due(watch.pinged_at, every, now)


def _look(now: datetime) -> tuple[set[int], bool]:
    """Which targets are owed a notice now, and whether the ping may go out as far as troubles go."""
    targets = symptoms.targets(now)
    listeners = [target for target in targets if symptoms.hears(target)]
    rows = _rows(now)
    ids = {target.name: target.pk for target in targets}
    known = [_known(row, ids) for row in rows]
    seen = symptoms.seen(targets, known, now)
    findings = troubles.found(seen)
    news = troubles.news(known, findings, [listener.pk for listener in listeners], now)
    _record(news, rows, findings, now)
    for worker in troubles.replaced(seen.workers, now, seen.missing_after):
        # Only if it is still as silent.
        Worker.objects.filter(name=worker.name, seen_at=worker.seen_at).delete()
    owed = {listener.pk for listener in listeners if _tell(listener, news, now)}
    return owed, not any(finding.stops_ping for finding in findings.values())


def _rows(now: datetime) -> list[Trouble]:
    """What is open, and what ended so lately that it plays a part."""
    since = now - max(troubles.REMEMBERED, symptoms.limit())
    return list(Trouble.objects.filter(Q(ended_at=None) | Q(ended_at__gte=since)).order_by("id"))


def _known(row: Trouble, ids: Mapping[str, int]) -> Known:
    kind = TroubleKind(row.kind)
    about = ids.get(row.subject) if kind in (TroubleKind.TARGET, TroubleKind.LATE) else None
    return Known(row.pk, kind, row.subject, row.since, row.told_at, row.ended_at, about)


def _record(news: News, rows: Iterable[Trouble], findings: Mapping[Key, Finding], now: datetime) -> None:
    told = {finding.key for finding in news.tell}
    Trouble.objects.bulk_create(
        Trouble(
            kind=finding.kind.value,
            subject=finding.subject,
            detail=finding.detail,
            since=finding.since,
            told_at=now if finding.key in told else None,
        )
        for finding in news.begin
    )
    if news.end:
        Trouble.objects.filter(pk__in=[each.id for each in news.end]).update(ended_at=now)
    changed = []
    for row in rows:
        finding = findings.get((TroubleKind(row.kind), row.subject)) if row.ended_at is None else None
        if finding is not None and (row.detail != finding.detail or finding.key in told):
            row.detail, row.told_at = finding.detail, now if finding.key in told else row.told_at
            changed.append(row)
    if changed:
        Trouble.objects.bulk_update(changed, ["detail", "told_at"])


def _tell(listener: Target, news: News, now: datetime) -> bool:
    """Owe it one notice with all that does not concern itself; False if that is nothing."""
    tell = [finding for finding in news.tell if finding.about != listener.pk]
    over = [known for known in news.over if known.about != listener.pk]
    if not tell and not over:
        return False
    notice = troubles.notice(tell, over, settings.PUBLIC_URL, now)
    outbox.owe_notice(listener, notice.text, notice.severity, now, title=notice.title)
    return True
