"""How a lane stands after a claim: its budget, its circuit, whether its target is suspect or broken (docs/decisions/0020)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from deliveries.models import Delivery, Lane
from deliveries.models.lane import mark_of
from deliveries.outbox import allowance, holding, lanes, probes, probing, retry
from deliveries.outbox.allowance import Allowance
from deliveries.outbox.retry import Verdict
from deliveries.outbox.values import Claim, Result
from deliveries.reasons import Reason
from deliveries.rocketchat import outcomes
from deliveries.rocketchat.outcomes import Ending, Outcome

_LATELY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Ruling:
    """What happens to the claimed delivery of a result: `verdict` is None if it was delivered. `taken`: how many messages
    its target had taken by then."""

    result: Result
    verdict: Verdict | None
    taken: int


def after_claim(
    claim: Claim, results: Sequence[Result], now: datetime, draw: Callable[[], float]
) -> tuple[Lane | None, list[Ruling]]:
    """Tell the lane what came of a claim, and rule on each result by how the lane stands then.

    Locks the lane and does not save it; there is none if its target was deleted meanwhile.
    """
    lane, _ = lanes.lock(claim.target.pk)
    before = [None, *results]
    rulings = [
        Ruling(
            result, _judge(lane, claim, result, now, draw, counts=not _is_said(one, result)), lane.taken if lane else 0
        )
        for one, result in zip(before, results, strict=False)
    ]
    if lane is not None:
        _correct_calls(lane, claim, results)
        _remember_room(lane, claim, results)
    return lane, rulings


def _is_said(before: Result | None, result: Result) -> bool:
    """Messages that meet one trouble at the same time are one answer, however many they are.

    What was wrong with the message before says nothing of the target, and its trouble nothing of this one's.
    """
    if not result.beside or before is None or before.outcome.kind is Ending.DELIVERED:
        return False
    return before.outcome.reason is result.outcome.reason or not outcomes.is_about_message(before.outcome)


def _judge(
    lane: Lane | None, claim: Claim, result: Result, now: datetime, draw: Callable[[], float], *, counts: bool
) -> Verdict | None:
    delivery, outcome = result.delivery, result.outcome
    if outcome.kind is Ending.DELIVERED:
        if lane is not None:
            lane.streak, lane.taken, lane.last_delivered_at = lane.streak + 1, lane.taken + 1, now
            # Of the claim: an address that was entered while this was under way is not tried by it.
            lane.delivered_to = mark_of(claim.target)
            heal(lane, now)
        return None
    takes_others = lane is not None and _takes_others(lane, delivery, now)
    if lane is not None:
        _failed(lane, claim, result, now, takes_others=takes_others, counts=counts)
    if delivery.kind == Delivery.Kind.TEST and outcome.reason is not Reason.RATE_LIMITED:
        # Somebody watches it now; arriving hours later it would only puzzle the room.
        return retry.Reject()
    if room_was_stale(claim, outcome):
        return retry.Retry(at=now, counts=True, plain=delivery.plain)
    return retry.after(
        outcome,
        tries=delivery.tries,
        now=now,
        expires_at=delivery.expires_at,
        was_plain=delivery.plain,
        was_alone=delivery.alone,
        draw=draw,
        is_broken=lane is not None and lane.broken_at is not None,
        takes_others=takes_others,
    )


def _takes_others(lane: Lane, delivery: Delivery, now: datetime) -> bool:
    """It took another message since it refused the plain text of this one, and it did so lately."""
    after, last = delivery.refused_after, lane.last_delivered_at
    return after is not None and lane.taken > after and last is not None and now - last < _LATELY


def heal(lane: Lane, now: datetime) -> None:
    """The target takes messages: whatever trouble it was in is over, what waits for that flows. Does not save the lane."""
    if lane.broken_at is not None or lane.opened_at is not None or lane.refusals:
        holding.release(lane, now)
    lane.failures, lane.suspect_since, lane.probe_at = 0, None, None


def room_was_stale(claim: Claim, outcome: Outcome) -> bool:
    """The room was refused by an id that had been kept: perhaps it has another one by now."""
    return claim.target.is_rest and bool(claim.room_id) and outcome.reason is Reason.BAD_ROOM


def _failed(lane: Lane, claim: Claim, result: Result, now: datetime, *, takes_others: bool, counts: bool) -> None:
    """`counts`: it is one more answer, and not the same trouble met by several at once."""
    outcome, last_error_at = result.outcome, lane.last_error_at
    lane.streak, lane.last_error, lane.last_error_at = 0, outcome.error, now
    if room_was_stale(claim, outcome):
        lane.room_id = ""
    elif outcome.reason is Reason.RATE_LIMITED:
        _pause_as_asked(lane, now + timedelta(seconds=outcome.retry_after or outcomes.DEFAULT_WAIT))
    elif lane.broken_reason == Reason.DISABLED_HERE or (retry.may_be_message(outcome) and takes_others):
        pass  # somebody switched it off meanwhile; it is the message
    elif _was_changed(lane, claim):
        # Somebody changed it while this call was under way: what came of the old address says nothing of the new.
        lane.probe_at = now if lane.trouble_since is not None else None
    elif retry.speaks_against_target(outcome, result.delivery.plain):
        if counts:
            _suspect(lane, outcome, last_error_at, now)
    elif retry.may_be_message(outcome):
        # Perhaps it is the target: until that is known it is asked with one message at a time.
        lane.suspect_since = lane.suspect_since or now
    elif not outcomes.is_about_message(outcome) and counts:
        lane.failures += 1
        if lane.failures >= probes.OPENS_AFTER and lane.broken_at is None:
            lane.opened_at = lane.opened_at or now
        lane.probe_at = probing.again_at(lane, now)


def _suspect(lane: Lane, outcome: Outcome, last_error_at: datetime | None, now: datetime) -> None:
    """It answered that a person must mend it: once is no verdict."""
    if lane.broken_at is None and not (lane.refusals and probes.goes_on(lane.suspect_since, last_error_at, now)):
        lane.suspect_since, lane.refusals = now, 0
    lane.refusals += 1
    # The next message is the best judge of one that was refused, so it goes at once.
    if lane.refusals > 1 or not retry.may_be_message(outcome):
        lane.failures += 1
        lane.probe_at = probing.again_at(lane, now, retry.soonest(outcome))
    if lane.broken_at is not None or probes.is_broken(lane.suspect_since or now, lane.refusals, now):
        lane.broken_at = lane.broken_at or lane.suspect_since
        lane.broken_reason = outcome.reason.value if outcome.reason else ""
        lane.room_id = ""


def _was_changed(lane: Lane, claim: Claim) -> bool:
    new, old = lane.target, claim.target
    servers = new.server is not None and old.server is not None and new.server.changed_at > old.server.changed_at
    return new.changed_at > old.changed_at or servers


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
    row.paused_until = max(row.paused_until or until, until)


def _correct_calls(lane: Lane, claim: Claim, results: Sequence[Result]) -> None:
    ended = [result.outcome.started_at.timestamp() + result.outcome.duration for result in results]
    Allowance(lane, allowance.purses_of(lane), None).correct(claim.claimed_at, len(claim.pairs), ended)


def _remember_room(lane: Lane, claim: Claim, results: Sequence[Result]) -> None:
    found = next((result.room_id for result in results if result.room_id), "")
    if found and lane.broken_at is None and found != claim.room_id:
        lane.room_id, lane.room_of = found, allowance.room_key(claim.target)
