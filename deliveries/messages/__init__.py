"""A delivery's alerts as the message a person reads in Rocket.Chat: one line of text and one coloured card."""

from __future__ import annotations

from deliveries.messages.render import render, render_plain
from deliveries.messages.story import Look, Story

__all__ = ["Look", "Story", "render", "render_plain"]
