"""How a lane stands after a claim: its budget, its circuit, and whether its target is broken (docs/decisions/0010)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from deliveries import outcomes, retry
from deliveries.models import Lane
from deliveries.outbox import allowance, holding
from deliveries.outbox.allowance import Allowance
from deliveries.outbox.claiming import Claim
from deliveries.outcomes import Kind, Outcome, Reason

if TYPE_CHECKING:
    from deliveries.outbox.recording import Result


def tell(claim: Claim, results: Sequence[Result], now: datetime) -> Lane | None:
    """Tell the lane what came of a claim. None if its target was deleted meanwhile. Locks the lane."""
    lanes = Lane.objects.select_for_update(of=("self",)).select_related("target__server")
    lane = lanes.filter(pk=claim.target.pk).first()
    if lane is None:
        return None
    for result in results:
        if result.outcome.kind is Kind.DELIVERED:
            lane.streak, lane.last_delivered_at = lane.streak + 1, now
            heal(lane, now)
        else:
            _failed(lane, claim, result, now)
    _settle(lane, claim, results)
    _remember_room(lane, claim, results)
    lane.save()
    return lane


def heal(lane: Lane, now: datetime) -> None:
    """The target takes messages: close the circuit, release what is held. Does not save the lane."""
    lane.failures, lane.opened_at = 0, None
    if lane.broken_at is not None:
        holding.release(lane, now)


def room_was_stale(claim: Claim, outcome: Outcome) -> bool:
    """The room was refused by an id that had been kept: perhaps it has another one by now."""
    return claim.target.is_rest and bool(claim.room_id) and outcome.reason is Reason.BAD_ROOM


def _failed(lane: Lane, claim: Claim, result: Result, now: datetime) -> None:
    outcome = result.outcome
    lane.streak, lane.last_error, lane.last_error_at = 0, outcome.error, now
    if room_was_stale(claim, outcome):
        lane.room_id = ""
    elif outcome.reason is Reason.RATE_LIMITED:
        _pause_as_asked(lane, now + timedelta(seconds=outcome.retry_after or outcomes.DEFAULT_WAIT))
    elif retry.breaks_target(outcome, result.delivery.tries):
        lane.failures += 1
        _break(lane, outcome.reason, now)
        if _was_changed(lane, claim):
            # Somebody mended it while this call was under way: what came of the old address says nothing of the new.
            lane.probe_at = now
    elif not outcomes.is_about_message(outcome):
        lane.failures += 1
        until = retry.lane_pause(lane.failures, now)
        if until is not None:
            lane.opened_at = lane.opened_at or now
            _pause(lane, until)


def _was_changed(lane: Lane, claim: Claim) -> bool:
    new, old = lane.target, claim.target
    servers = new.server is not None and old.server is not None and new.server.changed_at > old.server.changed_at
    return new.changed_at > old.changed_at or servers


def _break(lane: Lane, reason: Reason | None, now: datetime) -> None:
    lane.broken_at = lane.broken_at or now
    lane.broken_reason = reason.value if reason else ""
    lane.probe_at = None if reason in retry.NEVER_PROBED else now + retry.PROBE_EVERY
    lane.room_id = ""


def _pause_as_asked(lane: Lane, until: datetime) -> None:
    # Rocket.Chat limits a hook by its URL, and an account by the call it makes, whatever the room.
    if lane.target.server is None:
        _pause(lane, until)
        return
    row = allowance.lock_server(lane.target.server)
    _pause(row, until)
    row.save(update_fields=["paused_until"])


def _pause(row: allowance.Row, until: datetime) -> None:
    # Two batches may end at once: the shorter pause must not undo the longer, which Rocket.Chat may have asked for.
    if row.paused_until is None or row.paused_until < until:
        row.paused_until = until


def _settle(lane: Lane, claim: Claim, results: Sequence[Result]) -> None:
    ended = [result.outcome.started_at.timestamp() + result.outcome.duration for result in results]
    Allowance(lane, allowance.purses_of(lane), None).settle(claim.claimed_at, len(claim.pairs), ended)


def _remember_room(lane: Lane, claim: Claim, results: Sequence[Result]) -> None:
    found = next((result.room_id for result in results if result.room_id), "")
    if found and lane.broken_at is None and found != claim.room_id:
        lane.room_id, lane.room_of = found, allowance.room_key(claim.target)
