"""What kept alerts back and does not any more, in the words that begin the message which tells them. Pure.

The room hears of something that may be hours old: it must read why only now.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from deliveries import punctual
from deliveries.alertmanager import IncomingAlert
from deliveries.messages import words
from routing.rules.decision import Route
from routing.rules.silencing import Quiet

_NAMED = 2
_LONGEST_COMMENT = 100
_JUST_BEFORE = timedelta(seconds=1)


def silence(labels: Mapping[str, str], quiets: Iterable[Quiet], since: datetime, now: datetime) -> str:
    """Of the silences that covered it `since` it was kept back, the one that ended last. "Silence S-2 of ann (New disks) ended"."""
    over = [quiet for quiet in quiets if since < quiet.ends_at <= now and quiet.matches(labels)]
    if not over:
        return "No silence covers it any more"
    last = max(over, key=lambda quiet: quiet.ends_at)
    comment = " ".join(last.comment.split())
    short = comment if len(comment) <= _LONGEST_COMMENT else f"{comment[: _LONGEST_COMMENT - 1]}…"
    return f"Silence {last} of {last.author}{f' ({short})' if short else ''} ended"


def window(route: Route | None, moments: Sequence[datetime], now: datetime) -> str:
    """What its rule's windows did since one of `moments`, the first that shows a difference counts."""
    if route is None:
        return "Its rule is silent no more"
    for then in moments:
        ended = [one.name for one in route.muted if one.contains(then) and not one.contains(now)]
        if ended:
            return f"{_named(ended)} ended"
        began = [one.name for one in route.active if one.contains(now) and not one.contains(then)]
        if began:
            return f"{_named(began)} began"
    return f'Rule "{route.name}" is silent no more'


def before(until: datetime, now: datetime) -> datetime:
    """A moment when it was kept back, if nothing changed but the time."""
    return min(until, now) - _JUST_BEFORE


def note(causes: Iterable[str], alerts: Sequence[IncomingAlert], now: datetime) -> str:
    """The causes, each once, and since when what is told fires. "" without any cause."""
    told = list(dict.fromkeys(causes))
    if not told:
        return ""
    more = [f"and {len(told) - _NAMED} more"] if len(told) > _NAMED else []
    why = "; ".join([*told[:_NAMED], *more])
    return f"{why}; {words.still_firing([alert.starts_at for alert in alerts if alert.starts_at], now)}."


def unread(received_at: datetime, now: datetime) -> str:
    """Of what came long ago and could be routed only now; "" if it is on time for people."""
    if not punctual.is_late(now - received_at):
        return ""
    return f"It came {words.from_to(received_at, received_at, now)} and could not be routed until now."


def _named(names: Sequence[str]) -> str:
    return f"{'Window' if len(names) == 1 else 'Windows'} " + ", ".join(f'"{name}"' for name in names)
