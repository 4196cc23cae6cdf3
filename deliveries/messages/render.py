"""The JSON body for a Rocket.Chat incoming webhook, rich or plain."""

from __future__ import annotations

from typing import Any

from deliveries.messages import card, headline
from deliveries.messages.fit import units
from deliveries.messages.story import Look, Story

_HEADLINE = 500  # UTF-16 units


def render(story: Story, look: Look) -> dict[str, Any]:
    """text and one attachment, together within look.text_limit."""
    text = headline.line(story, min(_HEADLINE, look.text_limit))
    body: dict[str, Any] = {"text": text, "parseUrls": False}
    if attachment := card.attachment(story, look.text_limit - units(text)):
        body["attachments"] = [attachment]
    if look.alias:
        body["alias"] = look.alias
    if look.avatar:
        body["icon_url"] = look.avatar
    elif look.emoji:
        body["icon_emoji"] = look.emoji
    if look.channel:
        body["channel"] = look.channel
    return body


def render_plain(story: Story, look: Look) -> dict[str, Any]:
    """For a target that refused the rich message: without anything that can be refused, but in the same room."""
    body: dict[str, Any] = {"text": headline.line(story, min(_HEADLINE, look.text_limit)), "parseUrls": False}
    if look.channel:
        body["channel"] = look.channel
    return body
