"""Calls that post: chat.postMessage and chat.sendMessage; and the look whether a message is there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import drafts
from ..drafts import Refused
from ..hooks import Reply
from ..http1 import json_answer
from ..rooms import Room
from ..state import State
from ..users import User
from .calls import Invalid, author_and_limits, check_size, failure, strict, success

_POST_KEYS = {"text", "alias", "emoji", "avatar", "attachments", "tmid", "customFields", "parseUrls"}
_SEND_KEYS = {"_id", "rid", "msg", "tmid", "tshow", "alias", "emoji", "avatar", "attachments", "blocks", "customFields"}


def post_message(state: State, user: User, given: Mapping[str, Any]) -> Reply:
    if ("roomId" in given) == ("channel" in given):
        raise Invalid("must match exactly one schema in oneOf")
    key = "roomId" if "roomId" in given else "channel"
    allowed = _POST_KEYS | {key} if key == "roomId" else (_POST_KEYS - {"tmid"}) | {key}
    if set(given) - allowed:
        raise Invalid("must NOT have additional properties\nmust match exactly one schema in oneOf")
    attachments = given.get("attachments") or []
    if not isinstance(attachments, list):
        raise Invalid("must be array")
    check_size(state, given.get("text"), *(each.get("text") for each in attachments if isinstance(each, dict)))
    author, limits = author_and_limits(state, user)
    message = drafts.compose({name: given[name] for name in given if name != key}, author, limits)
    ready = []
    for wanted in drafts.wanted_rooms(given, ()):
        room = state.find_room(wanted)
        if room is None:
            raise Refused("invalid-channel", coded=True)
        ready.append((room, drafts.finish(message, room, author, state.clock())))
    if not ready:
        raise Refused("unknown-error")
    return success({"ts": round(state.clock() * 1000), "channel": given[key], "message": ready[0][1]}, *ready)


def send_message(state: State, user: User, given: Mapping[str, Any]) -> Reply:
    message = given.get("message")
    if not isinstance(message, dict) or set(given) - {"message", "previewUrls"}:
        raise Invalid("must have required property 'message'")
    _check_schema(message)
    if message.get("tshow") and not message.get("tmid"):
        raise Refused("invalid-params", coded=True, reason="tshow provided but missing tmid")
    if message.get("tmid") and not state.eras.threads:
        raise Refused("error-not-allowed", coded=True, reason="not-allowed")
    check_size(state, message.get("msg"))
    room, thread = _place(state, message)
    if room.encrypted:
        words = "Not allowed to send un-encrypted messages in an encrypted room"
        raise Refused("error-not-allowed", coded=True, reason=words)
    author, limits = author_and_limits(state, user)
    content = {name: message[name] for name in message if name not in ("rid", "_id", "tmid", "tshow")}
    composed = {**drafts.compose(content, author, limits), **thread}
    own_id = message.get("_id") or ""
    document = drafts.finish(composed, room, author, state.clock(), own_id)
    if own_id and not state.take(own_id):
        # Rocket.Chat inserts nothing and then cannot build its answer: what that looks like was inferred, so both exist.
        return success({}) if state.eras.repeated_id == "200" else failure("Cannot read properties of undefined")
    return success({"message": document}, (room, document))


def _check_schema(message: Mapping[str, Any]) -> None:
    if not isinstance(message.get("rid"), str):
        raise Invalid("must have required property 'rid'" if "rid" not in message else "must be string")
    if set(message) - _SEND_KEYS:
        raise Invalid("must NOT have additional properties")
    for name in ("_id", "tmid"):
        if not isinstance(message.get(name, ""), str):
            raise Invalid("must be string")
    if not isinstance(message.get("tshow", False), bool):
        raise Invalid("must be boolean")


def _place(state: State, message: Mapping[str, Any]) -> tuple[Room, dict[str, Any]]:
    """The room and, for a reply, the thread. A reply goes to the root of its thread, and to the room the thread is in."""
    rid, thread = message["rid"], {}
    if tmid := message.get("tmid"):
        parent = state.find_message(tmid)
        if parent is None and state.eras.unknown_parent == "refused":
            raise Refused("error-invalid-message", coded=True, reason=f'No message found with the id of "{tmid}".')
        if parent is not None:
            rid, tmid = parent.document["rid"], parent.document.get("tmid") or tmid
        thread = {"tmid": tmid, **({"tshow": True} if message.get("tshow") else {})}
    room = next((room for room in list(state.rooms.values()) if room.id == rid), None)
    if room is None:
        raise Refused("error-invalid-room", coded=True)
    return room, thread


def get_message(state: State, user: User, given: Mapping[str, Any]) -> Reply:
    strict(given, {"msgId"})
    found = state.find_message(given["msgId"])
    if found is None:
        return Reply(json_answer(400, {"success": False}))
    if state.rooms[found.room].refusal:
        raise Refused("error-not-allowed", coded=True, reason="Not allowed")
    return success({"message": found.document})
