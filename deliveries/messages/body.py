"""The JSON body around a message: what every message to a target has alike."""

from __future__ import annotations

from typing import Any

from deliveries.messages.story import Look

Body = dict[str, Any]


def rich(text: str, card: dict[str, object] | None, look: Look) -> Body:
    """For a Rocket.Chat incoming webhook, as its target wants to see it."""
    body = plain(text, look)
    if card:
        body["attachments"] = [card]
    if look.alias:
        body["alias"] = look.alias
    if look.avatar:
        body["icon_url"] = look.avatar
    elif look.emoji:
        body["icon_emoji"] = look.emoji
    return body


def plain(text: str, look: Look) -> Body:
    """Without anything that can be refused, but in the same room."""
    body: Body = {"text": text, "parseUrls": False}
    if look.channel:
        body["channel"] = look.channel
    return body
