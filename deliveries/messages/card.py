"""The coloured card under the headline: what each alert says, what they share, where to look next."""

from __future__ import annotations

from deliveries.alertmanager import IncomingAlert
from deliveries.messages import details, headline, links, notes, safe, words
from deliveries.messages.details import IN_FULL, Episode, Shared
from deliveries.messages.fit import BREAK, cut, shorten, units
from deliveries.messages.story import Story

_SMALLEST = 160  # units; below this a card says nothing the headline does not
_LISTED = 20  # alerts; nobody reads further on a phone, and the trail has them all


def attachment(story: Story, limit: int) -> dict[str, object] | None:
    """The card, its texts together at most limit UTF-16 units; None when that is too little."""
    title = cut(headline.title(story), limit // 3)
    room = limit - units(title)
    text = _text(story, room) if room >= _SMALLEST else ""
    if not text:
        return None
    card: dict[str, object] = {
        "title": title,
        "color": words.colour(story.status, "info" if story.is_test else story.severity),
        "text": text,
    }
    # Rocket.Chat refuses the whole message for an empty or odd title_link, so it is there only when good.
    if (link := links.main(story)) and len(link) <= limit:
        card["title_link"] = link
    return card


def worded(story: Story, text: str, limit: int) -> dict[str, object] | None:
    """The card with somebody's own text; what AlertHub itself has to say stands above it."""
    card = attachment(story, limit)
    if card is None:
        return None
    room = limit - units(str(card["title"]))
    top = _top(story, room // 2)
    lines = BREAK.join(line.rstrip() for line in text.strip().splitlines())
    card["text"] = BREAK.join(part for part in (top, shorten(lines, room - units(top) - units(BREAK))) if part)
    return card


def _text(story: Story, limit: int) -> str:
    top = _top(story, limit // 2)
    room = limit - units(top) - units(BREAK)
    if room < _SMALLEST:
        # A note is said nowhere else, lateness in the headline too.
        return top if story.note else _body(story, limit)
    return BREAK.join(part for part in (top, _body(story, room)) if part)


def _top(story: Story, limit: int) -> str:
    """What AlertHub itself has to say about this message."""
    late = words.late(story.owed_at, story.now)
    told = f"⏳ **{late}**, {words.owed_since(story.owed_at, story.now)}" if story.owed_at and late else ""
    note = safe.prose(story.note, max(0, limit - units(told) - units(BREAK)), BREAK)
    return BREAK.join(part for part in (note, told) if part)


def _body(story: Story, limit: int) -> str:
    if story.is_test:
        return cut("No alert is behind this message. Nothing needs to be done.", limit)
    fired_too = details.together(story)
    shared = details.shared(story.alerts, fired_too, story.now)
    foot = _foot(story, shared, limit // 2)
    room = limit - units(foot) - units(_more(story, 0)) - 3 * units(BREAK)
    head = BREAK.join(part for part in (_bold(shared.when), *notes.lines(shared.notes, room // 2, BREAK)) if part)
    blocks = _blocks(story, shared, fired_too, room - units(head))
    parts = [head, *blocks, _more(story, len(blocks)), foot]
    return BREAK.join(part for part in parts if part)


def _blocks(story: Story, shared: Shared, fired_too: frozenset[Episode], room: int) -> list[str]:
    blocks: list[str] = []
    for number, alert in enumerate(story.alerts[:_LISTED], start=1):
        when = "" if shared.when else details.time(alert, fired_too, story.now)
        block = _block(alert, (number, len(story.alerts)), shared, when, room)
        size = units(block) + units(BREAK)
        if size > room:
            break
        blocks.append(block)
        room -= size
    return blocks


def _block(alert: IncomingAlert, place: tuple[int, int], shared: Shared, when: str, room: int) -> str:
    number, count = place
    own, said = details.own(alert, shared)
    # In a list a line that does not fit is left for "+N more", rather than shown without what sets it apart.
    labels = details.row(details.distinctive(own), room // 3 if count <= IN_FULL else 600)
    if count == 1:
        told = notes.lines(said, room // 2, BREAK)
        return BREAK.join(part for part in (_bold(when), *told, labels) if part)
    name = "" if "alertname" in shared.labels else safe.name(alert.name) or headline.NAMELESS
    if count <= IN_FULL:
        first = " ".join(part for part in (f"**{number}.**", name, when, labels) if part)
        return BREAK.join([first, *notes.lines(said, min(600, room // 3), BREAK)])
    short = notes.short(said)
    return " ".join(part for part in ("•", name, when, labels, f"— {short}" if short else "") if part)


def _bold(text: str) -> str:
    return f"**{text}**" if text else ""


def _foot(story: Story, shared: Shared, limit: int) -> str:
    common = details.row(details.distinctive(shared.labels), limit // 3)
    cut_off = story.truncated_alerts
    parts = [
        f"All: {common}" if common else "",
        f"{cut_off} more alert{'s were' if cut_off != 1 else ' was'} cut by Alertmanager (max_alerts)"
        if cut_off
        else "",
    ]
    limit -= sum(units(part) + units(BREAK) for part in parts)
    return BREAK.join(part for part in (*parts, links.line(story, limit)) if part)


def _more(story: Story, shown: int) -> str:
    count = len(story.alerts) - shown
    if count < 1:
        return ""
    return (
        f"**+{count} more** – {links.full_list(story.trail_url)}"
        if shown
        else f"**{count} in all** – {links.full_list(story.trail_url)}"
    )
