"""Many messages as one: a line for each alert name with its count and its alerts; what finds no room has its name and count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from deliveries.messages import body, headline, kinds, links, listing, words
from deliveries.messages.addresses import address
from deliveries.messages.body import Body
from deliveries.messages.fit import BREAK, units
from deliveries.messages.kinds import Count, Kind
from deliveries.messages.story import Look

_LINE = 220  # UTF-16 units of the headline: a push is cut at 240
_TITLE = 45
_FRONT = "📋 *DIGEST*"
_SMALLEST = 100  # of the counts; every limit a target may have leaves more
_REPEATS_NAMED = 10


@dataclass(frozen=True, slots=True)
class Told:
    """One alert as the last of the merged messages told it.

    was_firing: it is resolved, and its firing is in this very digest.
    """

    name: str
    severity: str
    status: str
    starts_at: datetime | None
    ends_at: datetime | None
    labels: Mapping[str, str]
    was_firing: bool = False


@dataclass(frozen=True, slots=True)
class Digest:
    """Several deliveries told as one; each alert of theirs once.

    may_repeat are deliveries whose earlier try may have reached the room; possible_duplicate is 0, or the attempt
    number when an earlier attempt of the digest itself may have.
    """

    told: tuple[Told, ...]
    message_count: int
    oldest_at: datetime
    delivery_id: int
    list_url: str
    now: datetime
    may_repeat: tuple[int, ...] = ()
    possible_duplicate: int = 0


def kinds_room(look: Look, list_url: str) -> int:
    """UTF-16 units that every digest of this look has for its kinds: what takes no more is told whole."""
    return look.text_limit - _LINE - _TITLE - units(_foot(list_url, 10**6, look.text_limit)) - units(BREAK)


def render_digest(digest: Digest, look: Look) -> Body:
    """text and one attachment, together within look.text_limit."""
    counts = _counts(digest)
    text = _line(digest, counts, min(_LINE, look.text_limit))
    return body.rich(text, _card(digest, counts, look.text_limit, look.text_limit - units(text)), look)


def render_digest_plain(digest: Digest, look: Look) -> Body:
    """For a target that refused the rich message: the headline, and below it every name with its count, but no list.

    As long as the target takes: a shorter one would leave alerts without their names.
    """
    counts = _counts(digest)
    line = _line(digest, counts, min(_LINE, look.text_limit), names=False)
    told = kinds.told(counts, look.text_limit - units(line) - 1, line_break="\n")
    return body.plain(f"{line}\n{told}" if told else line, look)


def _counts(digest: Digest) -> dict[Kind, Count]:
    counts: dict[Kind, Count] = {}
    for alert in digest.told:
        firing, resolved = counts.get((alert.severity, alert.name), (0, 0))
        count = (firing, resolved + 1) if alert.status == "resolved" else (firing + 1, resolved)
        counts[alert.severity, alert.name] = count
    return counts


def _line(digest: Digest, counts: Mapping[Kind, Count], limit: int, names: bool = True) -> str:
    """Every severity with its count as far as it fits, and in what is left the names of most alerts, the worst first."""
    tail = f" · {_total(digest)} · {_marks(digest)}"
    room = limit - units(tail) - units(_FRONT)
    parts: dict[str, str] = {}
    for severity, count in kinds.by_severity(counts).items():
        part = f" · {kinds.emoji(severity, count)} {sum(count)} {words.severity(severity)}{kinds.resolved_of(count)}"
        if units(part) > room:
            break
        parts[severity] = part
        room -= units(part)
    for severity in parts if names else ():
        if top := kinds.top(counts, severity, room - 2):
            parts[severity] += f": {top}"
            room -= units(top) + 2
    return f"{_FRONT}{''.join(parts.values())}{tail}"


def _total(digest: Digest) -> str:
    repeats = f" ({len(digest.may_repeat)} may be repeats)" if digest.may_repeat else ""
    return f"{_of(len(digest.told), 'alert')} in {_of(digest.message_count, 'message')}{repeats}"


def _marks(digest: Digest) -> str:
    late = words.late(digest.oldest_at, digest.now)
    return headline.marks(digest.delivery_id, digest.possible_duplicate, f"oldest {late}" if late else "")


def _card(digest: Digest, counts: dict[Kind, Count], limit: int, room: int) -> dict[str, object] | None:
    title = _title(digest)
    foot = _foot(digest.list_url, len(digest.told), limit)
    room -= units(title) + units(foot) + units(BREAK)
    if room < _SMALLEST:
        return None
    repeats = _repeats(digest, room - kinds.size(counts) - units(BREAK))
    room -= units(repeats) + units(BREAK) if repeats else 0
    listed = listing.listing(digest.told, counts, digest.now, room)
    room -= sum(units(line) + units(BREAK) for line in listed.lines)
    others = kinds.told(listed.left, room, beside=listed.severities)
    foot = _foot(digest.list_url, len(digest.told) - listed.shown, limit)
    card: dict[str, object] = {
        "title": title,
        "color": _colour(counts),
        "text": BREAK.join(part for part in (*listed.lines, others, repeats, foot) if part),
    }
    link = address(digest.list_url)
    if link and len(link) <= limit:
        card["title_link"] = link
    return card


def _title(digest: Digest) -> str:
    """When the messages were owed: the headline has their number."""
    return f"Owed {words.from_to(digest.oldest_at, digest.now, digest.now)}"


def _colour(counts: Mapping[Kind, Count]) -> str:
    firing = (severity for severity, count in kinds.by_severity(counts).items() if count[0])
    worst = next(firing, None)
    return words.colour("resolved" if worst is None else "firing", worst or "")


def _repeats(digest: Digest, room: int) -> str:
    """Which of the messages the room may know; "" when there is no room for that: the headline has their number."""
    if not digest.may_repeat:
        return ""
    named = ", ".join(f"D-{number}" for number in digest.may_repeat[:_REPEATS_NAMED])
    others = len(digest.may_repeat) - _REPEATS_NAMED
    more = f" and {others} more" if others > 0 else ""
    told = f"May be here already, an earlier try had no clear answer: {named}{more}"
    return told if units(told) + units(BREAK) <= room else ""


def _foot(list_url: str, rest: int, limit: int) -> str:
    more = f"**+{rest} more** – " if rest else ""
    return f"{more}{links.full_list(list_url, limit // 4)}"


def _of(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
