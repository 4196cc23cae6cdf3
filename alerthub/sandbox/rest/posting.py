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
from .calls import author_and_limits, check_size, failure, success

_CONTENT = ("msg", "alias", "emoji", "avatar", "attachments", "blocks", "customFields")


def post_message(state: State, user: User, given: Mapping[str, Any]) -> Reply:
    key = "roomId" if "roomId" in given else "channel"
    check_size(state, given.get("text"), *(each.get("text") for each in given.get("attachments") or []))
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
    message = given["message"]
    if not message.get("rid"):
        raise Refused("The 'rid' property on the message object is missing.")
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
    content = {name: message[name] for name in _CONTENT if name in message}
    composed = {**drafts.compose(content, author, limits), **thread}
    own_id = message.get("_id") or ""
    document = drafts.finish(composed, room, author, state.clock(), own_id)
    if own_id and not state.take(own_id):
        # Rocket.Chat inserts nothing and then cannot build its answer: what that looks like was inferred, so both exist.
        return success({}) if state.eras.repeated_id == "200" else failure("Cannot read properties of undefined")
    return success({"message": document}, (room, document))


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
    found = state.find_message(given["msgId"])
    if found is None:
        return Reply(json_answer(400, {"success": False}))
    if state.rooms[found.room].refusal:
        raise Refused("error-not-allowed", coded=True, reason="Not allowed")
    return success({"message": found.document})
