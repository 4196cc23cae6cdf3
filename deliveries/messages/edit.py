"""A message that is edited in place: all of it in its text, because an edit changes nothing else.

Nothing in it grows with time, so that an unchanged state is an unchanged text.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from deliveries.alertmanager import IncomingAlert
from deliveries.messages import body, details, headline, links, notes, over, safe, words
from deliveries.messages.body import Body
from deliveries.messages.details import Shared
from deliveries.messages.fit import units
from deliveries.messages.headline import Line
from deliveries.messages.notes import Notes
from deliveries.messages.render import LINE
from deliveries.messages.story import Look, Story
from routing.rules.severity import ORDER, fold

_BREAK = "\n"
_LABELS = 200  # units a line
_LAST = datetime.max.replace(tzinfo=UTC)


def render_editable(story: Story, look: Look) -> Body:
    """The message to be edited later."""
    return body.rich(render_edit(story, look), None, look)


def render_edit(story: Story, look: Look) -> str:
    """At most look.text_limit UTF-16 units: the state in one line, then each alert on a line, the firing ones first."""
    alerts = tuple(sorted(story.alerts, key=_place))
    story, limit = replace(story, alerts=alerts), look.text_limit
    share = limit // 6
    line = headline.line(replace(story, owed_at=None, fired_too=()), min(LINE, 2 * share))
    shared = details.shared(alerts, story.now)
    said = shared.notes if len(alerts) > 1 else notes.notes_of(alerts[0]) if alerts else {}
    labels = details.row(
        {name: value for name, value in shared.labels.items() if (name, value) not in line.labels}, share
    )
    top = [line.text, safe.prose(story.note, share), _late(story), *_untold(story, said, line, share)]
    foot = [f"All: {labels}" if labels else "", links.line(story, share)]
    room = limit - sum(units(part) + 1 for part in (*top, *foot, _more(story, len(alerts))))
    lines = _lines(story, alerts, shared, line, room)
    parts = [*top, *lines, _more(story, len(alerts) - len(lines)), *foot]
    return _BREAK.join(part for part in parts if part)


def _place(alert: IncomingAlert) -> tuple[bool, datetime, str, list[tuple[str, str]]]:
    return alert.status == "resolved", alert.starts_at or _LAST, alert.fingerprint, sorted(alert.labels.items())


def _late(story: Story) -> str:
    late = words.late(story.owed_at, story.now)
    return f"⏳ late, {words.owed_since(story.owed_at, story.now, dated=True)}" if story.owed_at and late else ""


def _untold(story: Story, told: Notes, line: Line, limit: int) -> list[str]:
    """What the annotations say beyond the headline."""
    if story.is_resolved:
        return [text] if (text := over.was(told)) and units(text) <= limit else []
    return notes.lines(told, limit, _BREAK, {*line.notes, *(alert.name for alert in story.alerts)})


def _lines(story: Story, alerts: tuple[IncomingAlert, ...], shared: Shared, line: Line, room: int) -> list[str]:
    moments = [moment for alert in alerts for moment in (alert.starts_at, alert.ends_at) if moment]
    newest = max(moments, default=story.now)
    lines: list[str] = []
    for alert in alerts:
        shown = _line(alert, shared if len(alerts) > 1 else None, line, story.severity, newest)
        if units(shown) + 1 > room:
            break
        lines.append(shown)
        room -= units(shown) + 1
    return lines


def _line(alert: IncomingAlert, shared: Shared | None, line: Line, severity: str, newest: datetime) -> str:
    """Without what is said once for all; of a single alert (nothing is shared) the headline has said the most."""
    labelled = fold(alert.labels.get("severity", ""))
    mark = words.emoji(alert.status, labelled if labelled in ORDER else severity)
    when = words.when(alert, newest, dated=True)
    if shared is None:
        left = {name: value for name, value in alert.labels.items() if (name, value) not in line.labels}
        return " ".join(part for part in (mark, when, details.row(left, _LABELS, alert.labels)) if part)
    own, said = details.own(alert, shared)
    name = "" if "alertname" in shared.labels else safe.name(alert.name) or headline.NAMELESS
    told = over.was(said) if alert.status == "resolved" else notes.short(said, {alert.name})
    labels = details.row(own, _LABELS, alert.labels)
    return " ".join(part for part in (mark, name, when, labels, f"— {told}" if told else "") if part)


def _more(story: Story, count: int) -> str:
    return f"**+{count} more** – {links.full_list(story.trail_url)}" if count else ""
