"""Merging: what a room's budget does not carry goes out as digests, and a late firing together with its resolved.

Everything here runs inside a claim, under the lane's lock. What merges is decided in `digest`, which is pure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, Max, Min, Q, QuerySet, Value, When

from deliveries import messages, pages, punctual
from deliveries.messages import Look
from deliveries.models import Delivery, Lane, Occurrence
from deliveries.outbox import budget, digest, owing
from deliveries.outbox.allowance import Allowance
from deliveries.outbox.heads import is_before
from deliveries.reasons import Reason
from routing.models import Target
from routing.rules.severity import rank

# Merged in one claim; in a larger storm the rest goes into the next digests.
_MOST_AT_ONCE = 2000
_LONG_NUMBER = 10**12


def is_wanted(lane: Lane, now: datetime) -> bool:
    return bool(lane.target.digest_after) and (lane.no_digest_until is None or lane.no_digest_until <= now)


def is_fresh(lane: Lane, now: datetime) -> bool:
    """Everything due came within the last moments: waiting a moment longer hurts nobody."""
    since = now - timedelta(seconds=budget.HELD_BACK_SECONDS)
    return not _due(lane.pk, now).filter(created_at__lte=since).exists()


def merge(lane: Lane, allowed: Allowance, now: datetime) -> list[Delivery] | None:
    """Owe digests for what is due and return what is sent now, at most as many as are allowed; None if nothing merges.

    What a digest carries stays open, so that nothing overtakes it, until the digest is in the room.
    """
    most = allowed.at_most()
    waiting, by_themselves = _mergeable(lane, now)
    others = _with_notifications(by_themselves)[:most]
    others += _locked(_due(lane.pk, now, alerts=False)).order_by("id")[: most - len(others)]
    # The link to the digest is part of it, and its number is not known yet: take a long one.
    room = messages.kinds_room(Look(text_limit=lane.target.text_limit), pages.carried_by(_LONG_NUMBER))
    parts = _undivided(digest.merge(list(waiting.values()), room), waiting)[: most - len(others)]
    digests = [_owe_digest(lane.target, [waiting[pk] for pk in part], now) for part in parts if len(part) > 1]
    alone = [part[0] for part in parts if len(part) == 1]
    if digests:
        # A storm lasts: the calls that are left go out evenly, each with all that came meanwhile.
        allowed.pause(now + timedelta(seconds=allowed.pace()))
    return [*others, *digests, *_with_notifications(alone)] or None


def with_their_resolved(target: Target, heads: Sequence[Delivery], now: datetime) -> list[Delivery]:
    """The heads, where a late firing whose resolved already waits gives way to it: one message tells both."""
    late_in: set[Any] = {
        one.conversation_id
        for one in heads
        if one.status == "firing" and punctual.gives_way(one.created_at, now, target.digest_after)
    }
    if not late_in or target.updates == Target.Updates.EDIT:
        return list(heads)
    behind = Delivery.objects.filter(target=target, conversation_id__in=late_in, state=Delivery.State.WAITING)
    rows: list[Any] = list(
        _locked(behind)
        .order_by("conversation_id", "seq")
        .values("pk", "conversation_id", "seq", "status", "in_doubt", "unknown_count")
    )
    if not any(row["status"] == "resolved" for row in rows):
        return list(heads)
    # What may be in the room already is told again by itself only: with its mark, or with the id it had.
    doubtful = {row["pk"] for row in rows if row["in_doubt"] or row["unknown_count"]}
    together = {pk: resolved for pk, resolved in _told_together(rows).items() if pk not in doubtful}
    if not together:
        return list(heads)
    _end_with_their_resolved(together, now)
    next_ones: dict[Any, int] = {}
    for row in rows:
        if row["pk"] not in together:
            next_ones.setdefault(row["conversation_id"], row["pk"])
    successors = [next_ones[one.conversation_id] for one in heads if one.pk in together]
    due = [one for one in _with_notifications(successors) if one.next_attempt_at <= now]
    return [*(one for one in heads if one.pk not in together), *due]


def _with_notifications(ids: Collection[int]) -> list[Delivery]:
    """Without the bodies, which may be large: they are read when the lane is free again."""
    rows = Delivery.objects.filter(pk__in=ids).select_related("notification").defer("notification__body")
    return list(rows.order_by("id"))


def _due(target_id: int, now: datetime, *, alerts: bool = True) -> QuerySet[Delivery]:
    due = Delivery.objects.due(now).filter(target_id=target_id)
    alert = Q(kind=Delivery.Kind.ALERT)
    return due.filter(alert if alerts else ~alert)


def _locked(rows: QuerySet[Delivery]) -> QuerySet[Delivery]:
    return rows.select_for_update(of=("self",))


def _mergeable(lane: Lane, now: datetime) -> tuple[dict[int, digest.Waiting], list[int]]:
    """Due deliveries with nothing before them in their conversation that is not due too; and heads to be sent as
    themselves: what may be in a REST target's room already is not told twice only under its own message's id."""
    due = _locked(_due(lane.pk, now)).order_by("next_attempt_at", "id")
    rows = list(due.only("conversation_id", "seq", "severity", "next_attempt_at", "unknown_count")[:_MOST_AT_ONCE])
    apart = [row for row in rows if lane.target.is_rest and row.unknown_count]
    mine = {row.pk for row in rows} - {row.pk for row in apart}
    ahead = _ahead(lane.pk, {row.conversation_id for row in rows}, mine)
    free = [row for row in rows if row.pk in mine and is_before(row, ahead)]
    busy = {row.conversation_id for row in free}
    heads = [row.pk for row in apart if row.conversation_id not in busy and row.seq == ahead.get(row.conversation_id)]
    kinds = _kinds({row.pk for row in free})
    waiting = (
        digest.Waiting(row.pk, row.conversation_id, row.seq, row.severity, row.next_attempt_at, kinds.get(row.pk, {}))
        for row in free
    )
    return {each.delivery_id: each for each in waiting}, heads


def _ahead(target_id: int, conversations: Collection[Any], mine: Collection[int]) -> dict[int | None, int | None]:
    """conversation -> place of its first open delivery to this target that is none of mine."""
    still_open = Delivery.objects.open().filter(target_id=target_id, conversation_id__in=conversations)
    counted = still_open.exclude(pk__in=mine).order_by().values_list("conversation_id").annotate(Min("seq"))
    return dict(counted)


def _kinds(delivery_ids: Collection[int]) -> dict[int, dict[tuple[str, str], tuple[int, int]]]:
    """delivery -> (severity, alert name) -> how many fire and how many are resolved."""
    found: dict[int, dict[tuple[str, str], tuple[int, int]]] = defaultdict(dict)
    rows = Occurrence.objects.filter(delivery_id__in=delivery_ids).order_by("id")
    for delivery_id, severity, name, status in rows.values_list(
        "delivery_id", "alert__severity", "alert__name", "status"
    ):
        firing, resolved = found[delivery_id].get((severity, name), (0, 0))
        counts = (firing, resolved + 1) if status == "resolved" else (firing + 1, resolved)
        found[delivery_id][severity, name] = counts
    return found


def _undivided(parts: Sequence[Sequence[int]], waiting: dict[int, digest.Waiting]) -> list[list[int]]:
    """Of each conversation only what goes into its first digest: were two under way, the second could get there first."""
    kept: list[list[int]] = []
    begun: set[int] = set()
    for part in parts:
        mine = [pk for pk in part if waiting[pk].conversation_id not in begun]
        begun |= {conversation for pk in mine if (conversation := waiting[pk].conversation_id) is not None}
        kept += [mine] if mine else []
    return kept


def _owe_digest(target: Target, told: Sequence[digest.Waiting], now: datetime) -> Delivery:
    carried = Delivery.objects.filter(pk__in=[each.delivery_id for each in told])
    [one] = owing.owe(
        [
            Delivery(
                kind=Delivery.Kind.DIGEST,
                target=target,
                target_name=target.name,
                status="firing" if any(firing for each in told for firing, _ in each.kinds.values()) else "resolved",
                severity=min((each.severity for each in told), key=rank),
                title=f"Digest of {len(told)} messages",
                created_at=now,
                next_attempt_at=now,
                expires_at=carried.aggregate(last=Max("expires_at"))["last"],
            )
        ]
    )
    carried.update(
        state=Delivery.State.MERGED,
        reason=Reason.IN_DIGEST.value,
        explanation="More was owed to the room than its rate limit carries.",
        carried_by=one,
    )
    return one


def _told_together(rows: Iterable[dict[str, Any]]) -> dict[int, int]:
    by_conversation: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        by_conversation[row["conversation_id"]].append(row)
    keys: dict[int, set[str]] = defaultdict(set)
    ids = [row["pk"] for same in by_conversation.values() for row in same]
    for delivery_id, alert_id in Occurrence.objects.filter(delivery_id__in=ids).values_list("delivery_id", "alert_id"):
        keys[delivery_id].add(str(alert_id))
    together: dict[int, int] = {}
    for same in by_conversation.values():
        states = [digest.State(row["pk"], row["seq"], row["status"], frozenset(keys[row["pk"]])) for row in same]
        together |= digest.told_together(states)
    return together


def _end_with_their_resolved(together: dict[int, int], now: datetime) -> None:
    """They end here: the resolved keeps their place in the conversation, and tells of both."""
    Delivery.objects.filter(pk__in=together).update(
        state=Delivery.State.MERGED,
        reason=Reason.WITH_RESOLVED.value,
        explanation="It was late and its resolved waited already: one message tells both.",
        ended_at=now,
        carried_by_id=Case(*(When(pk=pk, then=Value(resolved)) for pk, resolved in together.items())),
    )
