"""Storms: when to merge what waits for a room, and which deliveries go into one digest. Pure.

Times of calls are epoch seconds, as in `budget`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from deliveries.messages.kinds import Kind, Kinds, Tally
from deliveries.outbox.budget import MARGIN_SECONDS
from routing.rules.severity import rank

UNLIMITED = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Waiting:
    """A due delivery: its place in its conversation, and how many alerts (firing, resolved) of which kind it tells."""

    delivery_id: int
    conversation_id: int | None
    seq: int | None
    severity: str
    due_at: datetime
    kinds: Kinds


@dataclass(frozen=True, slots=True)
class State:
    """A waiting delivery of one conversation; `keys` are the fingerprints of its alerts, each with its start."""

    delivery_id: int
    seq: int
    status: str
    keys: frozenset[str]


def calls_within(calls: Sequence[float], limit: int, period: int, now: float, within: float) -> int:
    """How many calls may start from now until `within` seconds later, if each starts as soon as it may."""
    if not limit:
        return UNLIMITED
    # Call n may start a period after call n - limit did: `limit` rows of calls, each a period apart.
    period_and_margin = period + MARGIN_SECONDS
    recent = sorted(min(call, now) for call in calls)[-limit:]
    starts = [max(now, call + period_and_margin) for call in recent]
    # None of them begins later than a period from now, so a row that begins too late counts as no call: 1 - 1.
    again = sum(1 + int((now + within - start) // period_and_margin) for start in starts)
    # Rows without a call begin now. They are counted and not listed: the limit is a number that people enter.
    return again + (limit - len(recent)) * (1 + int(within // period_and_margin))


def merge(waiting: Sequence[Waiting], room: int) -> list[list[int]]:
    """Deliveries in digests, the worst conversation first, then the one longest due; a list of one is sent as itself.

    A conversation's deliveries stay in the order of their seq, also where they go into several digests. The kinds of
    a digest take at most `room` UTF-16 units, unless a single delivery takes more: that one stays alone.
    """
    merged: list[list[int]] = []
    tallies: list[Tally] = []
    homes: dict[Kind, set[int]] = {}
    for conversation in _conversations(waiting):
        earliest = 0
        for delivery in conversation:
            # Where its names are told already it costs next to nothing; else the newest digest may have room.
            likely = {home for kind in delivery.kinds for home in homes.get(kind, ())} | {len(merged) - 1}
            fitting = (place for place in sorted(likely) if place >= earliest and _fits(tallies[place], delivery, room))
            earliest = next(fitting, len(merged))
            if earliest == len(merged):
                merged.append([])
                tallies.append(Tally())
            merged[earliest].append(delivery.delivery_id)
            tallies[earliest].add(delivery.kinds)
            for kind in delivery.kinds:
                homes.setdefault(kind, set()).add(earliest)
    return merged


def _fits(tally: Tally, delivery: Waiting, room: int) -> bool:
    return tally.size_with(delivery.kinds) <= room


def _conversations(waiting: Sequence[Waiting]) -> list[list[Waiting]]:
    grouped: dict[tuple[str, int], list[Waiting]] = {}
    for delivery in waiting:
        conversation = delivery.conversation_id
        key = ("delivery", delivery.delivery_id) if conversation is None else ("conversation", conversation)
        grouped.setdefault(key, []).append(delivery)
    return sorted((sorted(members, key=_place) for members in grouped.values()), key=_urgency)


def _place(delivery: Waiting) -> Any:
    """In its conversation; one of none stands alone, and is compared with nothing."""
    return delivery.seq


def _urgency(conversation: list[Waiting]) -> tuple[int, datetime, int]:
    worst = min(rank(member.severity) for member in conversation)
    return worst, min(member.due_at for member in conversation), conversation[0].delivery_id


def told_together(conversation: Sequence[State]) -> dict[int, int]:
    """Which firing deliveries the next resolved one tells too: those all of whose alerts it ends for good.

    Takes one conversation's waiting deliveries in order. Nothing is told together over a resolved of the same alerts
    that goes out in between (it would overtake its firing), nor if one of the alerts fires again afterwards.
    """
    carried_by: dict[int, int] = {}
    ended_by: dict[str, tuple[int, bool]] = {}  # of each alert the next resolved, and whether the alert fires after it
    fires_later: set[str] = set()
    for delivery in sorted(conversation, key=lambda state: state.seq, reverse=True):
        if delivery.status == "resolved":
            ended_by |= {key: (delivery.delivery_id, key in fires_later) for key in delivery.keys}
            continue
        ends = {ended_by.get(key) for key in delivery.keys}
        if len(ends) == 1 and (end := ends.pop()) and not end[1]:
            carried_by[delivery.delivery_id] = end[0]
        fires_later |= delivery.keys
    return carried_by
