"""How a target stands, in words: broken, suspect, disabled, what waits, who stands in. Trouble comes first."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from deliveries import reasons
from deliveries.admin import standing
from deliveries.models import Delivery, Lane
from deliveries.reasons import Reason
from routing.admin import marks
from routing.models import Target


def of(target: Target) -> Lane | None:
    """None for a target that was never used."""
    return getattr(target, "lane", None)


def badge(target: Target, now: datetime) -> SafeString:
    lane = of(target)
    if not target.enabled:
        return marks.badge("disabled", "plain", "What it is owed is held until somebody enables it.")
    if lane is None:
        return _not_tried()
    if is_broken(lane):
        return marks.badge("broken", "red", f"{reasons.label(lane.broken_reason)}: {lane.last_error}")
    if lane.opened_at is not None:
        return marks.badge("does not answer", "red", lane.last_error)
    if lane.failures or lane.refusals:
        return marks.badge("in trouble", "orange", lane.last_error)
    if lane.paused_until and lane.paused_until > now:
        return marks.badge("paused", "orange", "Its rate limit is used up, or Rocket.Chat asked to wait.")
    return marks.badge("ok", "green") if lane.is_proven else _not_tried()


def _not_tried() -> SafeString:
    return marks.badge("not tried yet", "plain", "Nothing has arrived at its present address yet.")


def is_broken(lane: Lane) -> bool:
    """A person must mend it; switching it off here is no such thing."""
    return lane.broken_at is not None and lane.broken_reason != Reason.DISABLED_HERE


def sentence(target: Target, now: datetime) -> SafeString | str:
    """How it stands and what to do, with the badge before it."""
    lane = of(target)
    shown = badge(target, now)
    if not target.enabled:
        return format_html("{} Nothing is sent. What it is owed is held, and goes out when somebody enables it.", shown)
    if lane is None or lane.unhealthy_since is None:
        return format_html("{} {}", shown, _pause(lane, now) or _untried(lane))
    if is_broken(lane):
        reason = reasons.label(lane.broken_reason) if lane.broken_reason else "No reason is known"
        return format_html(
            "{} It takes no messages since {}: {}. {} What it is owed is held and goes out when it works again.",
            shown, marks.moment(lane.broken_at), reason, reasons.advice(lane.broken_reason),
        )  # fmt: skip
    return format_html(
        "{} It does not answer since {}: {} failures in a row. What it is owed waits, and goes out when it answers.",
        shown, marks.moment(lane.opened_at), lane.failures,
    )  # fmt: skip


def _pause(lane: Lane | None, now: datetime) -> str:
    if lane is None:
        return ""
    if lane.refusals and lane.suspect_since is not None:
        return format_html(
            "It does not take messages since {}: {} If it goes on so for a minute, a person must mend it. Until then {}.",
            marks.clock(lane.suspect_since, now), lane.last_error, _next(lane, now),
        )  # fmt: skip
    if lane.probe_at is not None and lane.probe_at > now:
        return format_html("The last attempts failed: {}.", _next(lane, now))
    if lane.paused_until is None or lane.paused_until <= now:
        return ""
    why = "Its rate limit is used up, or Rocket.Chat asked to wait"
    return format_html("{}: the next message goes out after {}.", why, marks.clock(lane.paused_until, now))


def _untried(lane: Lane | None) -> str:
    if lane is not None and lane.is_proven:
        return ""
    return "Nothing has arrived at its present address yet: send a test message to see whether it does."


def _next(lane: Lane, now: datetime) -> str:
    return format_html("it is tried {}, with one delivery", standing.when(lane, now))


def card(target: Target, now: datetime) -> dict[str, Any]:
    """For the top of its page: `tone`, `sentence`, `owed`, and `facts`, pairs of which only those that say something."""
    lane = of(target)
    facts: list[tuple[str, SafeString | str]] = []
    if lane is not None and lane.last_delivered_at is not None:
        at = marks.moment(lane.last_delivered_at)
        facts.append(("Last delivered", at if lane.is_proven else format_html("{} to where it led before", at)))
    if target.enabled and lane is not None and lane.trouble_since is not None:
        facts.append(("Next try", _next_try(target, lane, now)))
    if lane is not None and lane.last_error:
        at = format_html(" ({})", marks.moment(lane.last_error_at)) if lane.last_error_at else ""
        said = format_html("{}{}", lane.last_error, at)
        facts.append(("What was answered", said) if lane.trouble_since else ("Last error", said))
    if target.fallback_target is not None or (lane is not None and lane.unhealthy_since is not None):
        facts.append(("Fallback", stand_in(target, now)))
    tone = next((each for each in ("red", "orange", "green") if f"ah-{each}" in badge(target, now)), "plain")
    return {"tone": tone, "sentence": sentence(target, now), "owed": owed(target), "facts": facts}


def _next_try(target: Target, lane: Lane, now: datetime) -> str:
    if target.deliveries.filter(state=Delivery.State.SENDING, lease_until__gt=now).exists():
        return "One delivery is on its way to see whether it works again."
    if is_broken(lane):
        return standing.next_probe(lane, now)
    return format_html("{}, with one delivery", standing.when(lane, now))


def owed(target: Target) -> SafeString:
    """How many are held, wait and are under way, each leading to the list of them."""
    open_ones = target.deliveries.filter(state__in=Delivery.OPEN).order_by()
    counts = dict(open_ones.values_list("state").annotate(Count("id")))
    waiting, sending = counts.get(Delivery.State.WAITING, 0), counts.get(Delivery.State.SENDING, 0)
    return format_html(
        '<a class="ah-link" href="{}">{} held</a>, <a class="ah-link" href="{}">{} pending or under way</a>',
        _list("deadletter", target, ["held"]), f"{counts.get(Delivery.State.HELD, 0):,}",
        _list("delivery", target, ["waiting", "sending"]), f"{waiting + sending:,}",
    )  # fmt: skip


def _list(model: str, target: Target, states: list[str]) -> str:
    field = "state" if model == "deadletter" else "state__exact"
    chosen = "&".join(f"{field}={state}" for state in states)
    return f"{reverse(f'admin:deliveries_{model}_changelist')}?target__id__exact={target.pk}&{chosen}"


def stand_in(target: Target, now: datetime) -> SafeString | str:
    other, lane = target.fallback_target, of(target)
    if other is None:
        return "none is set: nobody else is told while it takes no messages"
    link = format_html(
        '<a class="ah-link" href="{}">{}</a>', reverse("admin:routing_target_change", args=[other.pk]), other
    )
    if not other.enabled:
        return format_html("{}, which is disabled: nobody stands in", link)
    since = lane.unhealthy_since if lane and target.enabled else None
    if since is None:
        return format_html("{}, not in use", link)
    begins = since + timedelta(seconds=target.fallback_after)
    if begins > now:
        return format_html("{}, from {} on if the trouble lasts", link, marks.clock(begins, now))
    return format_html("{} {} since {}", marks.badge("in use", "orange"), link, marks.clock(begins, now))
