"""Which targets are unhealthy, which are healthy but late, and which did not take a message.

Told once, not twice: a target that is unhealthy or disabled is not late as well. Late counts from the moment a message
could have been sent: when it was due, when the first worker that lives was started, when the target worked again. A
rate limit may explain two of its periods; what waits longer is late, whatever the reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from deliveries import punctual, reasons
from deliveries.reasons import Reason
from deliveries.troubles.finding import Finding, TroubleKind
from deliveries.troubles.seen import Rejected, Seen, TargetSeen
from deliveries.troubles.workers import living

OPEN_FOR = timedelta(seconds=60)
"""A circuit that is open for less is nobody's business: most close by themselves."""
DAILY = timedelta(days=1)
REJECTED_FOR = timedelta(days=1)
"""A rejected message is a trouble until somebody settles it, at most for so long: it stays a dead letter."""
_LONGEST_ERROR = 200


def unhealthy(seen: Seen) -> Iterator[Finding]:
    for target in seen.targets:
        if not target.enabled:
            if target.oldest_held and punctual.is_trouble(target.oldest_held, seen.now, seen.limit):
                yield _disabled(target, target.oldest_held)
        elif target.broken_at and target.broken_reason != Reason.DISABLED_HERE:
            yield _broken(target, target.broken_at)
        elif target.opened_at and seen.now - target.opened_at > OPEN_FOR:
            yield _unreachable(target, target.opened_at)


def late(seen: Seen) -> Iterator[Finding]:
    starts = [worker.started_at for worker in living(seen.workers, seen.now, seen.missing_after)]
    working_since = min(starts, default=None)
    for target in seen.targets:
        if not target.enabled or target.broken_at or target.opened_at:
            continue
        could_since = [at for at in (working_since, seen.mended_at.get(target.id)) if at]
        if target.oldest_due and _is_late(target, max([target.oldest_due, *could_since]), seen):
            yield _late(target, target.oldest_due, seen.now)
        elif target.oldest_held and _is_late(target, max([target.oldest_held, *could_since]), seen):
            yield _held(target, target.oldest_held)


def rejected(seen: Seen) -> Iterator[Finding]:
    """Told to that very target as well: it takes others."""
    by_target: dict[str, list[Rejected]] = {}
    for each in sorted(seen.rejected, key=lambda one: one.at):
        by_target.setdefault(each.target, []).append(each)
    for name, all_of_it in by_target.items():
        last, number = all_of_it[-1], len(all_of_it)
        messages = f"{number} messages for target {name} were" if number > 1 else f"A message for target {name} was"
        chosen = f"&target__id__exact={last.target_id}" if last.target_id is not None else ""
        yield Finding(
            kind=TroubleKind.REJECTED,
            subject=name,
            since=all_of_it[0].at,
            what=f"{messages} rejected; the last is {last.delivery}: {_cut(last.words)}",
            advice="Nobody is told of it unless somebody sends it again, in other words or to another room, or gives it up.",
            page=f"/admin/deliveries/deadletter/?state=rejected{chosen}",
            severity="critical" if any(each.severity == "critical" for each in all_of_it) else "warning",
        )


def _broken(target: TargetSeen, since: datetime) -> Finding:
    label, advice = _words(target.broken_reason)
    what = f"Target {target.name} does not take messages. {_last_error(target) or label}"
    return _about(target, since, what, f"{advice} What it is owed is held and goes out when it works again.")


def _unreachable(target: TargetSeen, since: datetime) -> Finding:
    what = f"Messages to target {target.name} fail one after the other. {_last_error(target)}".strip()
    advice = (
        "Check Rocket.Chat and the network on the way. AlertHub tries again at least every 5 minutes and sends what waits "
        "as soon as one gets through."
    )
    return _about(target, since, what, advice)


def _disabled(target: TargetSeen, since: datetime) -> Finding:
    what = f"Target {target.name} is disabled, and messages are held for it."
    advice = "Enable it, or give up what is held. This is told once a day."
    return replace(_about(target, since, what, advice), severity="warning", again_after=DAILY)


def _late(target: TargetSeen, since: datetime, now: datetime) -> Finding:
    if target.paused_until and target.paused_until > now:
        why = "its rate limit is used up, or Rocket.Chat asked to wait"
        advice = "Raise the target's rate limit if Rocket.Chat allows more, or let it merge what waits (merge after)."
        return replace(_about(target, since, _are_late(target, why), advice), kind=TroubleKind.LATE)
    advice = "Each pending delivery says on its page why it waits. Check that the workers run and are not overloaded."
    page = f"/admin/deliveries/delivery/?state__exact=waiting&target__id__exact={target.id}"
    late = _about(target, since, _are_late(target, "they wait although it works"), advice)
    return replace(late, kind=TroubleKind.LATE, page=page)


def _are_late(target: TargetSeen, why: str) -> str:
    return f"Messages for target {target.name} are late: {why}."


def _held(target: TargetSeen, since: datetime) -> Finding:
    what = f"A message for target {target.name} is held and waits for a person."
    advice = "Look at the held deliveries of this target: send them again, or give them up."
    page = f"/admin/deliveries/delivery/?state__exact=held&target__id__exact={target.id}"
    return replace(_about(target, since, what, advice), kind=TroubleKind.LATE, page=page)


def _is_late(target: TargetSeen, since: datetime, seen: Seen) -> bool:
    return punctual.is_trouble(since, seen.now, seen.limit, target.period)


def _about(target: TargetSeen, since: datetime, what: str, advice: str) -> Finding:
    page = f"/admin/routing/target/{target.id}/change/"
    return Finding(TroubleKind.TARGET, target.name, since, what, advice, page, about=target.id)


def _words(reason: str) -> tuple[str, str]:
    """What is wrong, and what to do."""
    known = f"{reasons.label(reason) or 'No reason is known'}."
    return known, reasons.advice(reason) or "Its page shows the last error: mend it."


def _last_error(target: TargetSeen) -> str:
    return _cut(target.last_error)


def _cut(words: str) -> str:
    return words if len(words) <= _LONGEST_ERROR else f"{words[: _LONGEST_ERROR - 1]}…"
