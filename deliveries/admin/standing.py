"""Where a delivery stands, in two sentences: why it is in its state, and what happens next or what to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.html import format_html

from deliveries import punctual, reasons
from deliveries.admin import words
from deliveries.models import Attempt, Delivery, Lane
from deliveries.outbox import budget
from deliveries.reasons import Reason
from routing.admin import marks
from routing.models import Target


@dataclass(frozen=True, slots=True)
class Standing:
    """`tone` is a badge's; `why` and `then` are sentences, `then` may be empty."""

    tone: str
    why: str
    then: str = ""


def of(delivery: Delivery, now: datetime, last: Attempt | None) -> Standing:
    """`last`: its newest attempt. Reads the target, its lane and what stands before it in its conversation."""
    tone = words.STATE_TONES.get(Delivery.State(delivery.state), "plain")
    why, then = _SENTENCES[Delivery.State(delivery.state)](delivery, last, now)
    return Standing(tone, why, then)


def _delivered(delivery: Delivery, last: Attempt | None, now: datetime) -> tuple[str, str]:
    if last is None:
        return format_html("Rocket.Chat took it at {}.", marks.clock(delivery.ended_at, now)), ""
    took = f"It took {words.duration(last.duration_ms)}." if last.duration_ms is not None else ""
    doubt = (
        "An earlier attempt may have reached the room unseen, so it may be there twice; the message says so."
        if delivery.unknown_count
        else ""
    )
    at = marks.clock(delivery.ended_at, now)
    return marks.sentences(format_html("Rocket.Chat took it at {} with attempt {}.", at, last.number), took), doubt


def _waiting(delivery: Delivery, last: Attempt | None, now: datetime) -> tuple[str, str]:
    if obstacle := _obstacle(delivery, now):
        return obstacle
    lane = _lane(delivery)
    failed = last is not None and last.outcome not in ("", "delivered") and last.reason
    why = (
        f"Attempt {last.number} failed: {reasons.label(last.reason)}."
        if failed and last
        else "It has not been tried yet."
    )
    if not failed and lane and (lane.failures or lane.refusals):
        why += f" The target {delivery.target_name} is in trouble: {lane.last_error}"
    next_at = (
        max(delivery.next_attempt_at, lane.opens_at or delivery.next_attempt_at) if lane else delivery.next_attempt_at
    )
    if lane and lane.refusals and delivery.refused_after is not None:
        then = (
            "Nobody knows yet whether it is to blame or the target: another message, or a line of AlertHub's own, goes first. "
            "If the target takes that one, this one is tried once more; else it is held until the target is mended."
        )
    elif next_at > now:
        ends = marks.clock(delivery.expires_at, now)
        then = format_html("Next attempt at {}; AlertHub gives up at {}.", marks.clock(next_at, now), ends)
    elif punctual.is_late(now - next_at):
        due = marks.clock(next_at, now)
        then = format_html("It is due since {}: check that a worker runs (/readyz says so).", due)
    else:
        then = "It is due now: the next free worker takes it."
    return why, marks.sentences(then, reasons.advice(last.reason)) if failed and last else then


def _obstacle(delivery: Delivery, now: datetime) -> tuple[str, str] | None:
    """What keeps it from being tried, whatever its own times say."""
    target = delivery.target
    if target is None:
        return "Its target was deleted.", "It ends as cancelled within seconds."
    if not target.enabled:
        return f"The target {target.name} is disabled.", "It is sent as soon as somebody enables the target."
    lane = _lane(delivery)
    if lane is not None and lane.broken_at is not None and delivery.kind != Delivery.Kind.TEST:
        return _held(delivery, None, now)
    ahead = _ahead(delivery)
    if ahead is not None:
        return (
            f"It waits behind {ahead}, an earlier message of the same group to the same room.",
            "It is sent next after it.",
        )
    free_at = _free_at(target, now)
    if free_at is not None:
        why = f"The rate limit of the target {target.name} is used up."
        return why, format_html("It is sent after {}.", marks.clock(free_at, now))
    return None


def _free_at(target: Target, now: datetime) -> datetime | None:
    """When the rate limit allows the next message; None if it does now. A lane in trouble is paused for that instead."""
    lane: Lane | None = getattr(target, "lane", None)
    if lane is None or lane.failures or lane.refusals:
        return None
    if lane.opens_at and lane.opens_at > now:
        return lane.opens_at
    limit, period = target.rate_limit_calls, target.rate_limit_seconds
    if budget.free(lane.calls, limit, period, now.timestamp()) == 0:
        return budget.free_at(lane.calls, limit, period, now.timestamp())
    return None


def _ahead(delivery: Delivery) -> Delivery | None:
    if delivery.conversation_id is None or delivery.seq is None or delivery.target_id is None:
        return None
    same = Delivery.objects.open().filter(target_id=delivery.target_id, conversation_id=delivery.conversation_id)
    return same.filter(seq__lt=delivery.seq).order_by("seq").first()


def _sending(delivery: Delivery, last: Attempt | None, now: datetime) -> tuple[str, str]:
    who = f"Worker {last.worker} is sending it: attempt {last.number}." if last else "A worker is sending it."
    if not delivery.lease_until:
        return who, ""
    until = marks.clock(delivery.lease_until, now)
    return who, format_html("If the worker does not answer before {}, another one takes over.", until)


def _held(delivery: Delivery, last: Attempt | None, now: datetime) -> tuple[str, str]:
    target, lane = delivery.target, _lane(delivery)
    if target is None:
        return "Its target was deleted.", "It ends as cancelled within seconds."
    copy = f" Its fallback target {target.fallback_target} was told in its place." if delivery.fell_back else ""
    if not target.enabled:
        return f"The target {target.name} is disabled.{copy}", "It is sent when somebody enables the target."
    if lane is None or lane.broken_at is None:
        return delivery.explanation or "It is held back.", todo(delivery)
    label = reasons.label(lane.broken_reason) if lane.broken_reason else "no reason is known"
    since, lasts = marks.clock(lane.broken_at, now), "It does not expire while it is held."
    why = format_html("The target {} takes no messages since {}: {}.{}", target.name, since, label, copy)
    return why, marks.sentences(reasons.advice(lane.broken_reason), next_probe(lane, now), lasts)


def when(lane: Lane, now: datetime) -> str:
    """ "at 10:02" or "now": when something may be sent to it again."""
    return format_html("at {}", marks.clock(lane.opens_at, now)) if lane.opens_at and lane.opens_at > now else "now"


def next_probe(lane: Lane, now: datetime) -> str:
    """When a broken target is tried again."""
    if lane.waits_for_change:
        return "AlertHub tries it when somebody changed the target or its server, and not before."
    at_once = "and at once when somebody changed the target or its server"
    return format_html("AlertHub tries it again {}, {}.", when(lane, now), at_once)


def todo(delivery: Delivery) -> str:
    """What a person does about what is undelivered. What mends a target is said at length on its page."""
    target = delivery.target
    if target is None:
        return "Its target was deleted: open it and send it to another one, or give it up."
    if delivery.state == Delivery.State.HELD:
        if not target.enabled:
            return "Enable the target: it is sent then."
        is_broken = (lane := _lane(delivery)) is not None and lane.broken_at is not None
        return "Mend the target: it is sent then." if is_broken else "Send it again, or give it up."
    if delivery.kind == Delivery.Kind.DIGEST:
        return "What it carried goes out by itself: give it up."
    if delivery.state == Delivery.State.REJECTED:
        return f"{_then_again(delivery.reason)} Or give it up."
    return f"{reasons.advice(delivery.reason)} Send it again if it still matters, or give it up.".strip()


def _then_again(reason: str) -> str:
    advice = reasons.advice(reason)
    return advice if "send it again" in advice else f"{advice} Then send it again.".strip()


def true_reason(delivery: Delivery) -> str:
    """What is held because its target is broken is held for the target's reason."""
    lane = _lane(delivery)
    is_held = delivery.state == Delivery.State.HELD and delivery.reason in ("", Reason.TARGET_BROKEN)
    return lane.broken_reason if is_held and lane and lane.broken_reason else delivery.reason


def _lane(delivery: Delivery) -> Lane | None:
    return getattr(delivery.target, "lane", None)


def _rejected(delivery: Delivery, last: Attempt | None, now: datetime) -> tuple[str, str]:
    if delivery.kind == Delivery.Kind.TEST:
        return f"The test message did not get through: {reasons.label(delivery.reason)}.", reasons.advice(
            delivery.reason
        )
    at, label = marks.clock(delivery.ended_at, now), reasons.label(delivery.reason)
    return format_html("It was refused for good at {}: {}.", at, label), _then_again(delivery.reason)


def _expired(delivery: Delivery, last: Attempt | None, now: datetime) -> tuple[str, str]:
    line = format_html(" {} told the room of it.", words.link(delivery.carried_by)) if delivery.carried_by else ""
    if not delivery.attempt_count:
        at = marks.clock(delivery.ended_at, now)
        return format_html("AlertHub gave up at {} without a try.{}", at, line), delivery.explanation
    tries = f"{delivery.attempt_count} attempt{'s' if delivery.attempt_count != 1 else ''}"
    last_one = f"; the last one: {reasons.label(delivery.reason)}." if delivery.reason else "."
    then = f"{reasons.advice(delivery.reason)} Send it again if it still matters.".strip()
    at = marks.clock(delivery.ended_at, now)
    return format_html("AlertHub gave up at {} after {}{}{}", at, tries, last_one, line), then


def _cancelled(delivery: Delivery, last: Attempt | None, now: datetime) -> tuple[str, str]:
    return delivery.explanation or "It was cancelled.", ""


def _merged(delivery: Delivery, last: Attempt | None, now: datetime) -> tuple[str, str]:
    carrier = delivery.carried_by
    if carrier is None:
        return "It was merged into another message.", ""
    kind = "The digest" if carrier.kind == Delivery.Kind.DIGEST else "The resolved message"
    link = words.link(carrier)
    if delivery.ended_at is None:
        why = format_html("{} {} tells of it: {}.", kind, link, carrier.said)
        return why, f"{delivery.explanation} If {carrier} ends without being delivered, it waits again by itself."
    if carrier.state == Delivery.State.DELIVERED:
        return format_html(
            "{} {} told of it at {}.", kind, link, marks.clock(carrier.ended_at, now)
        ), delivery.explanation
    return format_html("{} {} tells of it: {}.", kind, link, carrier.said), delivery.explanation


_SENTENCES = {
    Delivery.State.MERGED: _merged,
    Delivery.State.DELIVERED: _delivered,
    Delivery.State.WAITING: _waiting,
    Delivery.State.SENDING: _sending,
    Delivery.State.HELD: _held,
    Delivery.State.REJECTED: _rejected,
    Delivery.State.EXPIRED: _expired,
    Delivery.State.CANCELLED: _cancelled,
}


def clock(at: datetime | None, now: datetime) -> str:
    """A moment for a sentence that is text, with the zone it is in. In markup it is `marks.clock`."""
    return "an unknown time" if at is None else marks.said(at, now)
