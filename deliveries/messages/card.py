"""The coloured card under the headline: what the headline has not said of each alert and of all, and where to look next."""

from __future__ import annotations

from dataclasses import replace

from deliveries.alertmanager import IncomingAlert
from deliveries.messages import details, headline, identifying, links, notes, over, safe, words
from deliveries.messages.details import IN_FULL, Shared
from deliveries.messages.fit import BREAK, cut, shorten, units
from deliveries.messages.headline import Line
from deliveries.messages.story import Story

_SMALLEST = 160  # units; below this a card says nothing the headline does not
_LISTED = 20  # alerts; nobody reads further on a phone, and the trail has them all
_NOTHING_SAID = Line("")


def attachment(story: Story, limit: int, line: Line | None = None) -> dict[str, object] | None:
    """The card, its texts together at most limit UTF-16 units; None when that is too little.

    `line` is the headline above it; None for somebody's own, which may say nothing of the alerts.
    """
    title = cut(_title(story, line), limit // 3)
    room = limit - units(title)
    text = _text(story, line or _NOTHING_SAID, room) if room >= _SMALLEST else ""
    # On phones a card without a text has its title twice.
    if not text and title and room >= _SMALLEST:
        title, text = "", title
    if not text:
        return None
    card: dict[str, object] = {
        "color": words.colour(story.status, "info" if story.is_test else story.severity),
        "text": text,
    }
    if title:
        card["title"] = title
        # Rocket.Chat refuses the whole message for an empty or odd title_link, so it is there only when good.
        if (link := links.main(story)) and len(link) <= limit:
            card["title_link"] = link
    return card


def worded(story: Story, text: str, limit: int, line: Line | None = None) -> dict[str, object] | None:
    """The card with somebody's own text; what AlertHub itself has to say stands above it."""
    card = attachment(story, limit, line)
    if card is None:
        return None
    room = limit - units(str(card.get("title", "")))
    top = _top(story, room // 2)
    lines = BREAK.join(line.rstrip() for line in text.strip().splitlines())
    card["text"] = BREAK.join(part for part in (top, shorten(lines, room - units(top) - units(BREAK))) if part)
    return card


def _title(story: Story, line: Line | None) -> str:
    if story.is_test:
        return "Nothing needs to be done"
    if line is None:
        return headline.names_title(story)
    if story.is_resolved:
        return ""  # all of it is one line
    return words.since([alert.starts_at for alert in story.alerts if alert.starts_at], story.now)


def _text(story: Story, line: Line, limit: int) -> str:
    top = _top(story, limit // 2)
    room = limit - units(top) - units(BREAK)
    if room < _SMALLEST:
        # A note is said nowhere else, lateness in the headline too.
        return top if story.note else _body(story, line, limit)
    return BREAK.join(part for part in (top, _body(story, line, room)) if part)


def _top(story: Story, limit: int) -> str:
    """What AlertHub itself has to say about this message; how late it is, the headline says."""
    late = story.owed_at and words.late(story.owed_at, story.now)
    told = f"⏳ {words.owed_since(story.owed_at, story.now)}" if story.owed_at and late else ""
    note = safe.prose(story.note, max(0, limit - units(told) - units(BREAK)), BREAK)
    return BREAK.join(part for part in (note, told) if part)


def _body(story: Story, line: Line, limit: int) -> str:
    if story.is_test:
        return cut("No alert is behind this message.", limit)
    if story.is_resolved:
        return over.text(story, line, limit)
    shared = details.shared(story.alerts, story.now)
    foot = _foot(story, shared, line, limit // 2)
    room = limit - units(foot) - units(_more(story, 0)) - 3 * units(BREAK)
    line = replace(line, notes=line.notes | _name(story.alerts))
    head = BREAK.join(notes.lines(shared.notes, room // 2, BREAK, line.notes))
    blocks, shown = _blocks(story, shared, line, room - units(head))
    parts = [head, *blocks, _more(story, shown), foot]
    return BREAK.join(part for part in parts if part)


def _name(alerts: tuple[IncomingAlert, ...]) -> frozenset[str]:
    """What need not be said again if an annotation says it: a name, if it is that of all."""
    names = {alert.name for alert in alerts}
    return frozenset(names if len(names) == 1 else ())


def _blocks(story: Story, shared: Shared, line: Line, room: int) -> tuple[list[str], int]:
    """The alerts that fit, those with nothing of their own left out, and how many of them are told by now."""
    if not any(_says_more(alert, shared, line, len(story.alerts)) for alert in story.alerts):
        return [], len(story.alerts)
    blocks: list[str] = []
    shown = 0
    for number, alert in enumerate(story.alerts[:_LISTED], start=1):
        block = _block(story, alert, number, shared, line, room)
        size = units(block) + units(BREAK)
        if size > room:
            break
        shown += 1
        if block:
            blocks.append(block)
            room -= size
    return blocks, shown


def _says_more(alert: IncomingAlert, shared: Shared, line: Line, count: int) -> bool:
    """Whether there is anything that the headline, the title and what is said of all leave to be said of one."""
    if count == 1:
        return True
    labels, told = details.own(alert, shared)
    known = identifying.of_the_exporter(alert.labels)
    left = {name: value for name, value in identifying.distinctive(labels).items() if name not in known}
    is_told = len(left) < 2 and left.items() <= line.labels
    has_its_time = not shared.when
    return not is_told or has_its_time or "alertname" not in shared.labels or bool(notes.short(told, line.notes))


def _block(story: Story, alert: IncomingAlert, number: int, shared: Shared, line: Line, room: int) -> str:
    count = len(story.alerts)
    own, told = details.own(alert, shared)
    if count == 1:
        left = {name: value for name, value in own.items() if (name, value) not in line.labels}
        labels = details.row(left, room // 3, alert.labels)
        return BREAK.join(part for part in (*notes.lines(told, room // 2, BREAK, line.notes), labels) if part)
    # In a list a line that does not fit is left for "+N more", rather than shown without what sets it apart.
    labels = details.row(own, room // 3 if count <= IN_FULL else 600, alert.labels)
    name = "" if "alertname" in shared.labels else safe.name(alert.name) or headline.NAMELESS
    when = "" if shared.when else words.when(alert, story.now)
    first = " ".join(part for part in (name, when, labels) if part)
    if count <= IN_FULL:
        lines = notes.lines(told, min(600, room // 3), BREAK, line.notes)
        return BREAK.join([f"**{number}.** {first}".rstrip(), *lines]) if first or lines else ""
    short = notes.short(told, line.notes)
    return " ".join(part for part in ("•", first, f"— {short}" if short else "") if part) if first or short else ""


def _foot(story: Story, shared: Shared, line: Line, limit: int) -> str:
    left = {name: value for name, value in shared.labels.items() if (name, value) not in line.labels}
    common = details.row(left, limit // 3, story.alerts[0].labels if story.alerts else {})
    parts = [
        f"All: {common}" if common else "",
        details.cut_off(story.truncated_alerts) if story.truncated_alerts else "",
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
