"""A delivery's alerts as the body of a message, rich or plain."""

from __future__ import annotations

from deliveries.messages import body, card, headline, safe
from deliveries.messages.body import Body
from deliveries.messages.fit import units
from deliveries.messages.story import Look, Story

LINE = 500  # UTF-16 units of a headline
_LINE_BESIDE_A_NOTE = 250


def render(story: Story, look: Look) -> Body:
    """text and one attachment, together within look.text_limit."""
    line = headline.line(story, _longest_line(story, look))
    return body.rich(line.text, card.attachment(story, look.text_limit - units(line.text), line), look)


def render_worded(story: Story, look: Look, headline_text: str, card_text: str) -> Body:
    """In the words of a template; an empty text leaves the part to AlertHub, which adds its marks in any case."""
    longest = _longest_line(story, look)
    line = None if headline_text else headline.line(story, longest)
    text = line.text if line else headline.marked(story, headline_text, longest)
    room = look.text_limit - units(text)
    shown = card.worded(story, card_text, room, line) if card_text else card.attachment(story, room, line)
    return body.rich(text, shown, look)


def _longest_line(story: Story, look: Look) -> int:
    """Whatever the limit, a note needs its card."""
    beside = max(look.text_limit // 2, _LINE_BESIDE_A_NOTE) if story.note else LINE
    return min(LINE, beside, look.text_limit)


def render_plain(story: Story, look: Look) -> Body:
    """For a target that refused the rich message: one line, and what AlertHub itself says about it."""
    limit = min(LINE, look.text_limit)
    note = safe.prose(story.note, limit // 2) if story.note else ""
    line = headline.line(story, limit - units(note) - 1 if note else limit).text
    return body.plain(f"{line}\n{note}" if note else line, look)
