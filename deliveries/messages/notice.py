"""AlertHub's own words to a room: troubles of its own, and what it could not tell in time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from deliveries.messages import body, headline, safe, words
from deliveries.messages.addresses import address
from deliveries.messages.body import Body
from deliveries.messages.fit import BREAK, units
from deliveries.messages.render import LINE
from deliveries.messages.story import Look
from routing.rules.severity import rank

_SEVERITIES_NAMED = 5
_TITLE = "Open in AlertHub"


def render_notice(
    text: str,
    severity: str,
    delivery_id: int,
    look: Look,
    *,
    late: timedelta = timedelta(0),
    url: str = "",
    possible_duplicate: int = 0,
) -> Body:
    """The text's first line, and a card with the others and the link. Severity "resolved" is for good news."""
    first, _, rest = text.strip().partition("\n")
    line = _line(first, severity, _marks(delivery_id, late, possible_duplicate), min(LINE, look.text_limit))
    return body.rich(line, _card(rest, severity, url, look.text_limit - units(line)), look)


def render_notice_plain(
    text: str,
    severity: str,
    delivery_id: int,
    look: Look,
    *,
    late: timedelta = timedelta(0),
    possible_duplicate: int = 0,
) -> Body:
    """For a target that refused the rich one."""
    marks = _marks(delivery_id, late, possible_duplicate)
    return body.plain(_line(text, severity, marks, min(LINE, look.text_limit)), look)


def expired_line(counts: Mapping[str, int], first: datetime, last: datetime, now: datetime) -> str:
    """What a room must know of messages that came to nothing: how many of which severity, and owed from when to when."""
    total = sum(counts.values())
    worst_first = sorted(counts, key=lambda severity: (rank(severity), severity))
    named = [f"{counts[severity]} {severity[:40] or 'no severity'}" for severity in worst_first[:_SEVERITIES_NAMED]]
    others = sum(counts[severity] for severity in worst_first[_SEVERITIES_NAMED:])
    told = ", ".join([*named, *([f"{others} others"] if others else [])])
    messages = f"{total} message{'s' if total != 1 else ''}"
    return f"{messages} to this room expired unsent ({told}), {words.from_to(first, last, now)}."


def _line(text: str, severity: str, marks: str, limit: int) -> str:
    status = "resolved" if severity == "resolved" else "firing"
    front, tail = f"🛠️ {words.emoji(status, severity)} *AlertHub* · ", f" · {marks}"
    return front + safe.prose(text, limit - units(front) - units(tail)) + tail


def _marks(delivery_id: int, late: timedelta, possible_duplicate: int) -> str:
    return headline.marks(delivery_id, possible_duplicate, words.late_by(late))


def _card(rest: str, severity: str, url: str, limit: int) -> dict[str, object] | None:
    link = address(url)
    told = safe.prose(rest, limit - units(_TITLE), BREAK)
    if limit < units(_TITLE) or not (link or told):
        return None
    card: dict[str, object] = {
        "title": _TITLE,
        "color": words.colour("resolved" if severity == "resolved" else "firing", severity),
    }
    if told:
        card["text"] = told
    if link:
        card["title_link"] = link
    return card
