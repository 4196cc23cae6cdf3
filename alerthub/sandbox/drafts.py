"""A payload to the messages it makes: which rooms, which texts, and every reason Rocket.Chat has to refuse it.

All rooms are found and checked before anything is stored. Pure: takes values, returns documents or raises Refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .rooms import Room
from .state import isoformat, new_id
from .users import User

_FULL_URL = re.compile(r"https?://|data:|/file-upload/")
_AVATAR = re.compile(r"https?://|data:|/")
_MENTION_ALL = re.compile(r"(?<![\w@])@(?:all|here)(?![\w.-])")
_LINKS = (
    "title_link",
    "author_link",
    "author_icon",
    "thumb_url",
    "image_url",
    "audio_url",
    "video_url",
    "message_link",
)
_TEXTS = ("title", "text", "msg", "color", "author_name", "description", "button_alignment")
_KEPT = ("parseUrls", "groupable", "tmid", "customFields")


class Refused(Exception):
    """Rocket.Chat's own words. `coded`: the text is an error code, which the REST API puts in brackets after `reason`."""

    def __init__(self, text: str, *, coded: bool = False, reason: str = "") -> None:
        super().__init__(text)
        self.coded, self.reason = coded, reason


@dataclass(frozen=True, slots=True)
class Author:
    """Who posts, with what an integration adds where the payload says nothing."""

    user: User
    alias: str = ""
    emoji: str = ""
    avatar: str = ""
    bot: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """`max_size` in UTF-16 code units, 0 = none."""

    max_size: int
    fields_strict: bool


def utf16_length(text: str) -> int:
    """JavaScript's `.length`: most emoji count two."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def truthy(value: Any) -> bool:
    """As JavaScript sees it: an empty array or object counts as given."""
    return isinstance(value, (list, dict)) or bool(value)


def _first(payload: Mapping[str, Any], *names: str) -> Any:
    return next((payload[name] for name in names if truthy(payload.get(name))), None)


def wanted_rooms(payload: Mapping[str, Any], default: Sequence[str]) -> list[Any]:
    """The rooms asked for, each once, as given. A comma is part of a name here."""
    given = _first(payload, "channel", "roomId")
    if given is None:
        return list(dict.fromkeys(default))
    unique: list[Any] = []
    for room in given if isinstance(given, list) else [given]:
        if room not in unique:
            unique.append(room)
    return unique


def compose(payload: Mapping[str, Any], author: Author, limits: Limits) -> dict[str, Any]:
    """The message without its room, time and id. Raises Refused."""
    text = _first(payload, "text", "msg")
    attachments = payload.get("attachments")
    message: dict[str, Any] = {
        "msg": (_typed(text, str, "msg") or "").strip(),
        "attachments": attachments if isinstance(attachments, list) else [],
        "parseUrls": "attachments" not in payload,
        "groupable": False,
        **{name: payload[name] for name in _KEPT if name in payload},
    }
    message.update(_looks(payload, author))
    if author.bot:
        message["bot"] = {"i": author.bot}
    if limits.max_size and utf16_length(message["msg"]) > limits.max_size:
        raise Refused("error-message-size-exceeded", coded=True)
    _check_types(message)
    if (message.get("alias") or message.get("avatar")) and not author.user.may_impersonate:
        raise Refused("Not enough permission")
    message["attachments"] = [_attachment(each, limits) for each in message["attachments"]]
    if not author.user.may_mention_all and _MENTION_ALL.search(message["msg"]):
        raise Refused("error-action-not-allowed", coded=True)
    return message


def _looks(payload: Mapping[str, Any], author: Author) -> dict[str, Any]:
    alias = _first(payload, "username", "alias") or author.alias
    looks: dict[str, Any] = {"alias": alias} if alias else {}
    if avatar := _first(payload, "icon_url", "avatar"):
        looks["avatar"] = avatar
    elif emoji := _first(payload, "icon_emoji", "emoji"):
        looks["emoji"] = emoji
    elif author.avatar:
        looks["avatar"] = author.avatar
    elif author.emoji:
        looks["emoji"] = author.emoji
    return looks


def _typed(value: Any, kind: type | tuple[type, ...], where: str) -> Any:
    """The value if it is null or of this type. Raises Refused as Meteor's check does."""
    if value is None or (isinstance(value, kind) and (kind is bool or not isinstance(value, bool))):
        return value
    names = {str: "string", bool: "boolean", list: "array", dict: "object"}
    wanted = names.get(kind, "string") if isinstance(kind, type) else "string"
    raise Refused(f"Match error: Expected {wanted}, got {names.get(type(value), 'number')} in field {where}")


def _check_types(message: Mapping[str, Any]) -> None:
    for name in ("alias", "emoji", "tmid"):
        _typed(message.get(name), str, name)
    _href(message, "avatar", _AVATAR)


def _href(holder: Mapping[str, Any], name: str, allowed: re.Pattern[str] = _FULL_URL) -> None:
    value = _typed(holder.get(name), str, name)
    if value is not None and not allowed.match(value):
        raise Refused("Invalid href value provided")


def _attachment(given: Any, limits: Limits) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise Refused("Match error: Expected object, got something else in field attachments")
    for name in _TEXTS:
        _typed(given.get(name), str, name)
    for name in ("collapsed", "title_link_download"):
        _typed(given.get(name), bool, name)
    for name in ("fields", "mrkdwn_in", "actions"):
        _typed(given.get(name), list, name)
    _typed(given.get("ts"), (str, int, float), "ts")
    for name in _LINKS:
        _href(given, name)
    for each in given.get("fields") or []:
        _check_field(each, limits)
    if "msg" not in given:
        return given
    return {("text" if name == "msg" else name): value for name, value in given.items()}


def _check_field(field: Any, limits: Limits) -> None:
    if not isinstance(field, dict):
        raise Refused("Match error: Expected object, got something else in field fields")
    if limits.fields_strict and not (truthy(field.get("title")) and truthy(field.get("value"))):
        raise Refused("Invalid attachment field, title and value is required")
    for name in ("title", "value"):
        if name not in field:
            raise Refused(f"Match error: Missing key '{name}'")
    _typed(field.get("short"), bool, "short")
    _typed(field["title"], str, "title")
    if not isinstance(field["value"], bool):
        _typed(field["value"], (str, int, float), "value")


def finish(message: Mapping[str, Any], room: Room, author: Author, now: float, given_id: str = "") -> dict[str, Any]:
    """The document for one room. Raises Refused when the author may not post there."""
    if obstacle := room.obstacle(author.user.username):
        raise Refused(obstacle, coded=" " not in obstacle)
    moment = isoformat(now)
    user = {"_id": author.user.id, "username": author.user.username, "name": author.user.name}
    return {
        "_id": given_id or new_id(),
        "rid": room.id,
        "ts": moment,
        "_updatedAt": moment,
        "u": user,
        **message,
    }
