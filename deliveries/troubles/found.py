"""What is wrong, out of what one look saw."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from deliveries.troubles import hints, rooms, workers
from deliveries.troubles.finding import Finding, Key, TroubleKind
from deliveries.troubles.seen import Refusal, Seen

REFUSED_FOR = timedelta(minutes=10)
"""A sender whose requests are refused is in trouble until none was for so long."""
UNREAD_FOR = timedelta(seconds=90)
"""What could not be read when it came is read again within a minute, and mostly with success."""
STUCK_FOR = timedelta(seconds=60)
"""What cannot be told at the first try mostly can at the second."""
_MOST_SENDERS = 20
_OTHERS = "other senders"
_LONGEST_SUBJECT = 200
_RULES_NAMED = 3
_NEVER_AGAIN = "Alertmanager never sends them again."


def found(seen: Seen) -> dict[Key, Finding]:
    """Everything that is wrong now, each under its own key."""
    findings = [
        *rooms.unhealthy(seen),
        *rooms.late(seen),
        *rooms.rejected(seen),
        *workers.missing(seen.workers, seen.now, seen.missing_after),
        *hints.not_read(workers.living(seen.workers, seen.now, seen.missing_after), seen.now),
        *_refused(seen),
        *_unread(seen),
        *_stuck(seen),
        *_unrouted(seen),
    ]
    return {finding.key: finding for finding in findings}


def _refused(seen: Seen) -> Iterator[Finding]:
    by_subject: dict[str, list[Refusal]] = {}
    strangers = 0
    for refusal in sorted(seen.refusals, key=lambda each: each.first_at):
        subject = (refusal.source or refusal.sender or "an unknown sender")[:_LONGEST_SUBJECT]
        if not refusal.source and subject not in by_subject:
            strangers += 1
            # Whoever varies its name must not flood the room with new ones.
            subject = subject if strangers <= _MOST_SENDERS else _OTHERS
        by_subject.setdefault(subject, []).append(refusal)
    for subject, refusals in by_subject.items():
        newest = max(refusals, key=lambda each: each.last_at)
        yield Finding(
            kind=TroubleKind.REFUSED,
            subject=subject,
            since=refusals[0].first_at,
            what=f"Requests of {subject} are refused ({newest.status} {newest.reason}); {_NEVER_AGAIN}",
            advice=_advice(newest, seen),
            page="/admin/deliveries/rejectedrequest/",
        )


def _advice(refusal: Refusal, seen: Seen) -> str:
    if refusal.reason == "wrong_address":
        return "Point its webhook_configs at AlertHub's /webhook; the rejected request says which address it uses."
    if refusal.reason == "unreadable":
        return "What it sends is no HTTP request: a proxy in between may spoil it. The rejected request says what is wrong."
    match refusal.status:
        case 401:
            sources = seen.accepted_as.get(refusal.sender, ())
            known = (
                f"It was last accepted as source {' or '.join(sources[:3])}: was the token changed? " if sources else ""
            )
            return f"{known}Make a token under Sources and put it into this Alertmanager."
        case 413:
            return "Set max_alerts in Alertmanager, group by more labels, or raise ALERTHUB_INGEST_MAX_BYTES."
    return "What it posts is no notification of Alertmanager's; the rejected request says what is wrong with it."


def _unread(seen: Seen) -> Iterator[Finding]:
    for unread in seen.unread:
        if seen.now - unread.since > UNREAD_FOR:
            yield Finding(
                kind=TroubleKind.UNREAD,
                subject=unread.source[:_LONGEST_SUBJECT],
                since=unread.since,
                what=f"Notifications of source {unread.source} are stored but cannot be routed: nobody is told of them.",
                advice="Read the worker's log: it names the cause, and AlertHub tries again every minute.",
                page="/admin/deliveries/notification/?state__exact=unread",
            )


def _stuck(seen: Seen) -> Iterator[Finding]:
    for stuck in seen.stuck:
        if seen.now - stuck.since > STUCK_FOR:
            yield Finding(
                kind=TroubleKind.STUCK,
                subject=stuck.source[:_LONGEST_SUBJECT],
                since=stuck.since,
                what=f"Alerts of source {stuck.source} were kept back, their time has come, and they cannot be told.",
                advice="Read the worker's log: it names the cause, and AlertHub tries again within 15 minutes.",
                page="/admin/deliveries/alert/?attention=kept_back",
            )


def _unrouted(seen: Seen) -> Iterator[Finding]:
    if seen.unrouted is None:
        return
    rules = seen.unrouted.rules
    named = ", ".join(rules[:_RULES_NAMED]) + (" and others" if len(rules) > _RULES_NAMED else "")
    take = "takes them and names no target" if len(rules) == 1 else "take them and name no target"
    yield Finding(
        kind=TroubleKind.UNROUTED,
        subject=f"by rule {named}"[:_LONGEST_SUBJECT],
        since=seen.unrouted.since,
        what=f"Alerts are told to nobody: rule {named} {take}.",
        advice="Choose a target for each such rule, or tick that it only records.",
        page="/admin/routing/rule/",
    )
