"""Calls that change a message: chat.update and chat.react."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..drafts import Refused
from ..hooks import Reply
from ..rooms import Message
from ..state import State, isoformat
from ..users import User
from .calls import check_size, success

_EMOJI_HELP = "Invalid emoji provided."


def update(state: State, user: User, given: Mapping[str, Any]) -> Reply:
    found = state.find_message(given["msgId"])
    if found is None:
        raise Refused(f'No message found with the id of "{given["msgId"]}".')
    if found.document["rid"] != given["roomId"]:
        raise Refused("The room id provided does not match where the message is from.")
    check_size(state, given["text"])
    if found.text != given["text"]:
        _check_editing(state, user, found)
        edited_by = {"_id": user.id, "username": user.username}
        state.edit(found, {"msg": given["text"], "editedAt": isoformat(state.clock()), "editedBy": edited_by})
    return success({"message": found.document})


def _check_editing(state: State, user: User, message: Message) -> None:
    if message.document["u"]["_id"] != user.id:
        raise Refused("error-action-not-allowed", coded=True, reason="Message editing not allowed")
    age = state.clock() - datetime.fromisoformat(message.document["ts"]).timestamp()
    is_too_old = bool(state.eras.edit_minutes) and not user.is_bot and age >= state.eras.edit_minutes * 60
    if state.eras.edit_blocked or is_too_old:
        raise Refused("error-message-editing-blocked", coded=True, reason="Message editing is blocked")
    if obstacle := state.rooms[message.room].obstacle(user.username):
        raise Refused(obstacle)


def react(state: State, user: User, given: Mapping[str, Any]) -> Reply:
    found = state.find_message(given["messageId"])
    if found is None:
        raise Refused("error-message-not-found", coded=True)
    name = str(given.get("emoji") or given.get("reaction") or "").strip(":")
    if not name:
        raise Refused(_EMOJI_HELP)
    key = f":{name}:"
    reactions = dict(found.document.get("reactions") or {})
    wanted = given.get("shouldReact")
    if wanted or (wanted is None and key not in reactions):
        reactions[key] = {"usernames": [user.username]}
    else:
        reactions.pop(key, None)
    state.edit(found, {"reactions": reactions})
    return success({})
