"""Settling: people send again what ended badly or is held, or give it up. Each deed is written beside the delivery.

Lanes are locked before deliveries, as a claim does it, and a state is looked at again under the lock: what somebody else
did first is left as it is, and counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Greatest

from deliveries.models import Delivery, Intervention, Lane
from deliveries.outbox import carrying, owing
from deliveries.reasons import Reason
from routing.models import Target

AT_MOST = 10_000
"""Deliveries that may be settled at once."""
_AT_ONCE = 500
# Who sends it again wants it to be sent: it must not expire before its turn comes.
_LEFT_TO_LIVE = timedelta(hours=1)
_IN_TROUBLE = Q(broken_at__isnull=False) | Q(opened_at__isnull=False) | Q(suspect_since__isnull=False)
_OPEN_BY_HAND = (Delivery.State.HELD, Delivery.State.WAITING)


@dataclass(slots=True)
class Settled:
    """What became of each delivery that was to be settled, by number."""

    released: list[int] = field(default_factory=list)
    """Held ones that wait again, and waiting ones that are due now."""
    again: dict[int, int] = field(default_factory=dict)
    """The original -> the new delivery that is owed in its place."""
    freed: list[int] = field(default_factory=list)
    """Dead digests: what they carried goes out by itself, so nothing is sent for them."""
    given_up: list[int] = field(default_factory=list)
    orphans: list[int] = field(default_factory=list)
    """Left: their target was deleted, so another one must be named."""
    disabled: list[int] = field(default_factory=list)
    """Left held: their target is disabled, so it must be enabled first."""
    told: list[int] = field(default_factory=list)
    """Left: digests, probes, and lines that did not end badly. What they tell of can be sent again by itself."""
    skipped: list[int] = field(default_factory=list)
    """Left: ended well, being sent just now, settled by somebody else, or not there."""
    target_ids: set[int] = field(default_factory=set)
    """The targets that may have something due because of it."""


def send_again(
    delivery_ids: Sequence[int], *, who: str, now: datetime, target: Target | None = None, dead_only: bool = False
) -> Settled:
    """What is held or waits is due now and its target is tried; anything else is owed anew, at the end of its conversation.

    `target` names another room to send to: then what is held or waits stays owed to its own room as well. `dead_only` leaves
    everything alone that is no dead letter (any more).
    """
    settled = Settled()
    for some in _chunks(delivery_ids):
        with transaction.atomic():
            _send_again(some, who, now, target, dead_only, settled)
    return settled


def give_up(delivery_ids: Sequence[int], *, who: str, reason: str, now: datetime) -> Settled:
    """What is owed ends as cancelled, with what it carries; what ended badly is no dead letter any more.

    Raises ValueError if nobody says why.
    """
    if not reason.strip():
        raise ValueError("Say why: it is written beside each delivery.")
    settled = Settled()
    for some in _chunks(delivery_ids):
        with transaction.atomic():
            _give_up(some, who, reason.strip(), now, settled)
    return settled


@transaction.atomic
def try_now(target_id: int, now: datetime) -> bool:
    """Let a target in trouble be tried at once. False if it is in none."""
    lanes = Lane.objects.filter(_IN_TROUBLE, pk=target_id)
    if not lanes.update(paused_until=None, probe_at=now):
        return False
    later = Delivery.objects.filter(target_id=target_id, state=Delivery.State.WAITING, next_attempt_at__gt=now)
    later.update(next_attempt_at=now)
    return True


def _chunks(delivery_ids: Sequence[int]) -> Iterator[list[int]]:
    """In the order in which they were owed."""
    ids = sorted(set(delivery_ids))
    for first in range(0, len(ids), _AT_ONCE):
        yield ids[first : first + _AT_ONCE]


def _locked(ids: list[int]) -> list[Delivery]:
    """The deliveries among these that nobody else is busy with, their lanes locked before them."""
    rows = Delivery.objects.filter(pk__in=ids)
    lanes = rows.filter(state__in=_OPEN_BY_HAND).order_by().values("target_id").distinct()
    wanted = set(lanes.values_list("target_id", flat=True))
    list(Lane.objects.select_for_update().filter(pk__in=wanted).order_by("pk").values_list("pk"))
    rows = rows.exclude(state=Delivery.State.SENDING).free(no_key=True)
    # One that came to a lane that is not locked meanwhile is somebody else's.
    return [row for row in rows.order_by("id") if row.state not in _OPEN_BY_HAND or row.target_id in {*wanted, None}]


class _Deed(Enum):
    """What sending again means for one delivery."""

    RELEASE = "what is held or waits is due now"
    OWE_ANEW = "at the end of its conversation, or in another room"
    FREE = "a dead digest: what it carried goes out by itself"
    NO_TARGET = "another one must be named"
    DISABLED = "its target must be enabled first"
    TELLS_OF_OTHERS = "what it tells of can be sent again by itself"
    LEAVE = "no dead letter, and only those are meant"


def _deed(row: Delivery, to: Target | None, dead_only: bool) -> _Deed:
    if dead_only and not is_dead(row):
        return _Deed.LEAVE
    if row.kind == Delivery.Kind.DIGEST and row.state in (Delivery.State.REJECTED, Delivery.State.EXPIRED):
        return _Deed.FREE
    if to is None:
        return _Deed.NO_TARGET
    if row.state in _OPEN_BY_HAND and to.pk == row.target_id:
        return _Deed.RELEASE if to.enabled else _Deed.DISABLED
    if row.kind in (Delivery.Kind.DIGEST, Delivery.Kind.PROBE):
        return _Deed.TELLS_OF_OTHERS
    if row.kind == Delivery.Kind.EXPIRY and not is_dead(row):
        return _Deed.TELLS_OF_OTHERS
    return _Deed.OWE_ANEW


def _send_again(
    ids: list[int], who: str, now: datetime, target: Target | None, dead_only: bool, settled: Settled
) -> None:
    rows = _locked(ids)
    targets: dict[Any, Target] = Target.objects.in_bulk(_targets_of(rows))
    to = {row.pk: target or targets.get(row.target_id) for row in rows}
    found: dict[_Deed, list[Delivery]] = {deed: [] for deed in _Deed}
    for row in rows:
        found[_deed(row, to[row.pk], dead_only)].append(row)

    released, freed = found[_Deed.RELEASE], found[_Deed.FREE]
    copied = [(row, room) for row in found[_Deed.OWE_ANEW] if (room := to[row.pk]) is not None]
    _release(released, now)
    copies = owing.owe_copies(copied, now, asked_by=who, why=f"Sent again by {_plain(who)}, as {{}} was")
    _take_over(copies)
    dead = [row for row in [*freed, *found[_Deed.OWE_ANEW]] if row.state != Delivery.State.HELD and is_dead(row)]
    _update(dead).update(settled=True)
    done = [*released, *freed, *found[_Deed.OWE_ANEW]]
    _write(Intervention.What.SEND_AGAIN, _ids(done), who, "", now)

    settled.released += _ids(released)
    settled.freed += _ids(freed)
    settled.again |= _numbers(copies)
    settled.orphans += _ids(found[_Deed.NO_TARGET])
    settled.disabled += _ids(found[_Deed.DISABLED])
    settled.told += _ids(found[_Deed.TELLS_OF_OTHERS])
    settled.target_ids |= _targets_of([*released, *copies])
    seen = {row.pk for deed, some in found.items() if deed is not _Deed.LEAVE for row in some}
    settled.skipped += [pk for pk in ids if pk not in seen]


def _ids(rows: list[Delivery]) -> list[int]:
    return [row.pk for row in rows]


def _targets_of(rows: list[Delivery]) -> set[Any]:
    """Without those that were deleted."""
    return {row.target_id for row in rows} - {None}


def is_dead(delivery: Delivery) -> bool:
    return delivery.state in Delivery.DEAD and not delivery.settled


def _release(rows: list[Delivery], now: datetime) -> None:
    """Their targets are tried, unless a limit of their own is what they wait for."""
    # Who says so wants this very message to be tried, whatever was refused of it before.
    due = {
        "next_attempt_at": now,
        "expires_at": Greatest("expires_at", now + _LEFT_TO_LIVE),
        "refused_after": None,
    }
    _update(rows).update(**due)
    held = _update([row for row in rows if row.state == Delivery.State.HELD])
    held.update(state=Delivery.State.WAITING, reason="", explanation="")
    lanes = Lane.objects.filter(_IN_TROUBLE, pk__in=_targets_of(rows))
    lanes.update(probe_at=now, paused_until=None)


def _numbers(copies: list[Delivery]) -> dict[Any, int]:
    """original -> its copy."""
    return {copy.resend_of_id: copy.pk for copy in copies}


def _take_over(copies: list[Delivery]) -> None:
    """A line about what expired tells of the same deliveries when it is owed anew."""
    for copy in copies:
        if copy.kind == Delivery.Kind.EXPIRY:
            Delivery.objects.filter(carried_by=copy.resend_of_id).update(carried_by=copy)


def _give_up(ids: list[int], who: str, reason: str, now: datetime, settled: Settled) -> None:
    rows = _locked(ids)
    owed = [row for row in rows if row.state in _OPEN_BY_HAND]
    ended = [row for row in rows if row.state not in _OPEN_BY_HAND and is_dead(row)]
    end = {
        "state": Delivery.State.CANCELLED,
        "reason": Reason.GIVEN_UP.value,
        "explanation": f"Given up by {who}: {reason}",
        "ended_at": now,
        "settled": True,
    }
    carried = carrying.give_up(_ids(owed), end)
    _update(owed).update(**end)
    _update(ended).update(settled=True)
    done = _ids([*owed, *ended])
    _write(Intervention.What.GIVE_UP, [*done, *carried], who, reason, now)
    settled.given_up += [*done, *carried]
    settled.target_ids |= _targets_of(owed)
    given_up = {*done, *carried}
    settled.skipped += [pk for pk in ids if pk not in given_up]


def _update(rows: list[Delivery]) -> QuerySet[Delivery]:
    return Delivery.objects.filter(pk__in=_ids(rows))


def _write(what: Intervention.What, ids: Sequence[int], who: str, reason: str, now: datetime) -> None:
    deeds = (Intervention(delivery_id=pk, what=what, who=who[:150], reason=reason, at=now) for pk in ids)
    Intervention.objects.bulk_create(deeds, batch_size=_AT_ONCE)


def _plain(who: str) -> str:
    """A name in a pattern of `str.format`."""
    return who.replace("{", "{{").replace("}", "}}")
