"""The coloured card under the headline: what each alert says, what they share, where to look next."""

from __future__ import annotations

from dataclasses import dataclass

from deliveries.alertmanager import IncomingAlert
from deliveries.messages import headline, links, safe, words
from deliveries.messages.fit import cut, units
from deliveries.messages.story import Story

# A hard break in the attachment's renderer, which joins single lines; the other renderer drops the spaces.
BREAK = "  \n"
_SMALLEST = 160  # units; below this a card says nothing the headline does not
_IN_FULL = 5  # alerts; more are listed one a line
_LISTED = 20  # alerts; nobody reads further on a phone, and the trail has them all
_LABELS_SHOWN = 12
_TOLD = ("summary", "message", "description")
_LONGEST_TRAIL = 300  # units of address


@dataclass(frozen=True, slots=True)
class _Shared:
    """What several alerts have alike and the card says once; empty for a single alert, which owns all it says."""

    labels: dict[str, str]
    notes: dict[str, str]
    when: str


def attachment(story: Story, limit: int) -> dict[str, object] | None:
    """The card, its texts together at most limit UTF-16 units; None when that is too little."""
    title = headline.title(story)
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


def _text(story: Story, limit: int) -> str:
    if story.is_test:
        return cut("No alert is behind this message. Nothing needs to be done.", limit)
    shared = _shared(story)
    foot = _foot(story, shared, limit // 2)
    room = limit - units(foot) - units(_more(story, 0)) - 3 * units(BREAK)
    head = BREAK.join(part for part in (_bold(shared.when), *_notes(shared.notes, room // 2)) if part)
    blocks = _blocks(story, shared, room - units(head))
    parts = [head, *blocks, _more(story, len(blocks)), foot]
    return BREAK.join(part for part in parts if part)


def _blocks(story: Story, shared: _Shared, room: int) -> list[str]:
    blocks: list[str] = []
    for number, alert in enumerate(story.alerts[:_LISTED], start=1):
        block = _block(story, alert, number, shared, room)
        size = units(block) + units(BREAK)
        if size > room:
            break
        blocks.append(block)
        room -= size
    return blocks


def _block(story: Story, alert: IncomingAlert, number: int, shared: _Shared, room: int) -> str:
    count = len(story.alerts)
    own = {name: value for name, value in alert.labels.items() if name not in shared.labels}
    # In a list a line that does not fit is left for "+N more", rather than shown without what sets it apart.
    labels = _labels(headline.distinctive(own), room // 3 if count <= _IN_FULL else 600)
    notes = {name: alert.annotations.get(name, "") for name in _TOLD if name not in shared.notes}
    time = "" if shared.when else words.when(alert, story.now)
    if count == 1:
        return BREAK.join(part for part in (_bold(time), *_notes(notes, room // 2), labels) if part)
    name = "" if "alertname" in shared.labels else safe.name(alert.name) or headline.NAMELESS
    if count <= _IN_FULL:
        first = " ".join(part for part in (f"**{number}.**", name, time, labels) if part)
        return BREAK.join([first, *_notes(notes, min(600, room // 3))])
    told = safe.prose(headline.summary(notes), 120)
    return " ".join(part for part in ("•", name, time, labels, f"— {told}" if told else "") if part)


def _bold(text: str) -> str:
    return f"**{text}**" if text else ""


def _notes(notes: dict[str, str], limit: int) -> list[str]:
    """Summary and description, each once."""
    summary = headline.summary(notes)
    description = notes.get("description", "")
    texts = [summary, "" if description.strip() == summary.strip() else description]
    told = (safe.prose(text, min(1000, limit // 2), BREAK) for text in texts if limit >= 40)
    return [text for text in told if text]


def _foot(story: Story, shared: _Shared, limit: int) -> str:
    common = _labels(headline.distinctive(shared.labels), limit // 3)
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
    trail = links.address(story.trail_url)
    where = f"[full list]({trail})" if 0 < len(trail) <= _LONGEST_TRAIL else "full list: see AlertHub"
    return f"**+{count} more** – {where}" if shown else f"**{count} in all** – {where}"


def _labels(labels: dict[str, str], limit: int) -> str:
    shown: list[str] = []
    for name, value in labels.items():
        label = safe.code(f"{name}={value}")
        if len(shown) == _LABELS_SHOWN or units(label) + 14 > limit:
            shown.append(f"+{len(labels) - len(shown)} labels")
            break
        shown.append(label)
        limit -= units(label) + 1
    return " ".join(shown)


def _shared(story: Story) -> _Shared:
    alerts = story.alerts
    if len(alerts) < 2:
        return _Shared({}, {}, "")
    labels, notes = dict(alerts[0].labels), {name: alerts[0].annotations.get(name, "") for name in _TOLD}
    for alert in alerts[1:]:
        labels = {name: value for name, value in labels.items() if alert.labels.get(name) == value}
        notes = {name: value for name, value in notes.items() if alert.annotations.get(name, "") == value}
    spans = {(alert.status, alert.starts_at, alert.ends_at): alert for alert in alerts}
    if len(spans) > _IN_FULL:  # starts apart by seconds within one minute are rare enough beyond this
        return _Shared(labels, notes, "")
    times = {words.when(alert, story.now) for alert in spans.values()}
    return _Shared(labels, notes, times.pop() if len(times) == 1 else "")
