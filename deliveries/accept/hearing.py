"""What a notification says of each alert: the alerts' rows follow, and what is nothing new is found. Inside ingest's transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from deliveries.accept import lateness, storing
from deliveries.accept.lateness import Known, Said, Verdict, What
from deliveries.accept.plan import KNOWN, LATE, STALE, Unsaid
from deliveries.alertmanager import Payload
from deliveries.models import Alert, Notification
from routing.rulebook import Book
from routing.rules.severity import severity_of

_FIRES_TOO = Verdict(What.OLD, "The same notification says that it fires.")
_TOLD_SO = "The rooms were told so already, and what this notification tells beside it may be older than what is known."


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Of one notification: how long a copy may come late, and what is known of this one."""

    window: timedelta
    begins: bool
    """The sender's reason proves that it is no late copy."""
    was_unread: bool
    """It could not be read when it came."""
    now: datetime


@dataclass(frozen=True, slots=True)
class Heard:
    """`ids` of the alerts by fingerprint. By position: what is not told whatever the rules say; and `ended_again`, the
    resolved whose firing was kept back."""

    ids: Mapping[str, int]
    unsaid: dict[int, Unsaid] = field(default_factory=dict)
    ended_again: set[int] = field(default_factory=set)

    @property
    def is_whole(self) -> bool:
        """Nothing in it is older than what is known: it is how the group stands."""
        return all(reason.outcome != STALE for reason in self.unsaid.values())


def unchanged(source_id: int | None, payload: Payload) -> set[str]:
    """Fingerprints of the alerts that are known just as the payload tells them. One query."""
    told = {alert.fingerprint: alert for alert in payload.alerts}
    rows = Alert.objects.filter(source=source_id, fingerprint__in=told).order_by()
    return {
        fingerprint
        for fingerprint, status, start in rows.values_list("fingerprint", "status", "starts_at")
        if status == told[fingerprint].status and lateness.is_same_start(start, told[fingerprint].starts_at)
    }


def take_newer_starts(source_id: int | None, payload: Payload) -> None:
    """A duplicate is told to nobody, and yet what burns may have begun a moment later than its twin said: the other one was
    over by then. An end that came before that start is no end of it, however late it is told."""
    starts = {alert.fingerprint: alert.starts_at for alert in payload.alerts if alert.status == "firing"}
    rows = Alert.objects.filter(source=source_id, fingerprint__in=starts, status="firing").order_by("fingerprint")
    newer = []
    for row in rows.only("fingerprint", "starts_at"):
        start = starts[row.fingerprint]
        if start is not None and row.starts_at is not None and start > row.starts_at:
            row.starts_at = start
            newer.append(row)
    if newer:
        Alert.objects.bulk_update(newer, ["starts_at"])


def hear(
    notification: Notification, payload: Payload, book: Book, known: Collection[str], about: Circumstances
) -> Heard:
    """Write the notification, if it is new, and the alerts as told. `known`: fingerprints of which the group was told the same lately, and it is still so."""
    told = _told(notification, payload, book, about.now)
    since = notification.received_at - about.window
    ids, left = storing.tell(notification, told, resolved_since=since)
    verdicts = {
        alert.fingerprint: _judge(alert, left[alert.fingerprint], notification, about)
        for alert in told
        if alert.fingerprint in left
    }
    _follow(told, left, verdicts)
    heard = Heard(ids)
    statuses = {alert.fingerprint: alert.status for alert in told}
    for position, alert in enumerate(payload.alerts):
        fingerprint = alert.fingerprint
        contradicts = alert.status != statuses[fingerprint]
        verdict = _FIRES_TOO if contradicts else verdicts.get(fingerprint)
        match verdict:
            case Verdict(What.OLD, why):
                heard.unsaid[position] = Unsaid(STALE, why)
            case Verdict(What.LATE, why, until):
                heard.unsaid[position] = Unsaid(LATE, why, until)
            case Verdict(What.ENDED_AGAIN):
                heard.ended_again.add(position)
    _leave_out_what_is_known(heard, payload, known)
    return heard


def _leave_out_what_is_known(heard: Heard, payload: Payload, known: Collection[str]) -> None:
    """A late copy tells the whole group as it was: what did not change since is not told a second time."""
    others = set(range(len(payload.alerts))) - set(heard.unsaid) - heard.ended_again
    is_old = len(others) < len(payload.alerts)
    if is_old and all(payload.alerts[position].fingerprint in known for position in others):
        heard.unsaid.update(dict.fromkeys(others, Unsaid(KNOWN, _TOLD_SO)))


def _follow(told: Sequence[Alert], left: Mapping[str, Alert], verdicts: Mapping[str, Verdict]) -> None:
    """The rows that were left as they are become what is told of them, unless that is old."""
    old = {fingerprint for fingerprint, verdict in verdicts.items() if verdict.what is What.OLD}
    Alert.objects.overwrite([alert for alert in told if alert.fingerprint in verdicts.keys() - old])
    ended = []
    for alert in told:
        row = left.get(alert.fingerprint)
        if row is None or alert.fingerprint not in old or alert.last_end is None:
            continue
        if row.last_end is None or row.last_end < alert.last_end:
            row.last_end = alert.last_end
            ended.append(row)
    if ended:
        Alert.objects.bulk_update(ended, ["last_end"])


def _judge(alert: Alert, row: Alert, notification: Notification, about: Circumstances) -> Verdict:
    came_before = about.was_unread and row.told_in_id is not None and notification.pk < row.told_in_id
    said = Said(
        alert.status, alert.starts_at, alert.ends_at, notification.received_at, about.begins, came_before=came_before
    )
    known = Known(row.status, row.starts_at, row.last_end, row.resolved_at, is_kept_as_late=row.kept_back == LATE)
    return lateness.judge(said, known, about.window)


def _told(notification: Notification, payload: Payload, book: Book, now: datetime) -> list[Alert]:
    """The alerts as this notification tells them, each once, in one order: two groups that share alerts lock them alike.

    What it tells twice fires if it fires in one of them.
    """
    severity_labels = book.severity_labels_of(notification.source_id)
    told: dict[str, Alert] = {}
    for alert in payload.alerts:
        fingerprint = alert.fingerprint
        if alert.status == "resolved" and fingerprint in told and told[fingerprint].status == "firing":
            continue
        is_resolved = alert.status == "resolved"
        told[fingerprint] = Alert(
            source_id=notification.source_id,
            source_name=notification.source_name,
            fingerprint=fingerprint,
            name=alert.name[:300],
            severity=severity_of(alert.labels, book.severity_words, severity_labels)[:50],
            status=alert.status,
            labels=alert.labels,
            annotations=alert.annotations,
            generator_url=alert.generator_url,
            starts_at=alert.starts_at,
            ends_at=alert.ends_at,
            last_end=alert.ends_at if is_resolved else None,
            resolved_at=notification.received_at if is_resolved else None,
            first_seen_at=now,
            last_seen_at=now,
        )
    return [told[fingerprint] for fingerprint in sorted(told)]
