"""What AlertHub tells a room as the message a person reads: a line of text and a coloured card."""

from __future__ import annotations

from deliveries.messages.digest import Digest, Told, kinds_room, render_digest, render_digest_plain
from deliveries.messages.edit import render_edit, render_editable
from deliveries.messages.kinds import size as kinds_size
from deliveries.messages.notice import expired_line, render_notice, render_notice_plain
from deliveries.messages.render import render, render_plain, render_worded
from deliveries.messages.story import Look, Story

__all__ = [
    "Digest",
    "Look",
    "Story",
    "Told",
    "expired_line",
    "kinds_room",
    "kinds_size",
    "render",
    "render_digest",
    "render_digest_plain",
    "render_edit",
    "render_editable",
    "render_notice",
    "render_notice_plain",
    "render_plain",
    "render_worded",
]
