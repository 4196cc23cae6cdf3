"""Calls that find: the account itself, rooms, and the direct room with a user."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..drafts import Refused
from ..hooks import Reply
from ..rooms import Room
from ..state import State
from ..users import USERS, User
from .calls import failure, success

_MISSING = 'The required "roomId" or "roomName" param provided does not match any channel'


def me(state: State, user: User, given: Mapping[str, Any]) -> Reply:
    shown = {"_id": user.id, "username": user.username, "name": user.name, "active": True, "roles": list(user.roles)}
    return success(shown)


def room_info(state: State, user: User, given: Mapping[str, Any]) -> Reply:
    return _info(state, given, "room")


def channel_info(state: State, user: User, given: Mapping[str, Any]) -> Reply:
    return _info(state, given, "channel")


def _info(state: State, given: Mapping[str, Any], key: str) -> Reply:
    room = _named(state, given)
    if room is None:
        raise Refused("error-room-not-found", coded=True, reason=_MISSING)
    if room.archived and state.eras.archived_info == "refused":
        raise Refused("error-room-archived", coded=True, reason=f"The channel, {room.name[1:]}, is archived")
    if room.refusal:
        return failure("not-allowed", "Not Allowed")
    return success({key: room.facts()})


def _named(state: State, given: Mapping[str, Any]) -> Room | None:
    """By its id or its name, never by the one instead of the other."""
    rooms = list(state.rooms.values())
    if given.get("roomId"):
        return next((room for room in rooms if room.id == given["roomId"]), None)
    if not given.get("roomName"):
        error = 'The parameter "roomId" or "roomName" is required'
        raise Refused("error-roomid-param-not-provided", coded=True, reason=error)
    return next((room for room in rooms if room.kind != "d" and room.name[1:] == given["roomName"]), None)


def im_create(state: State, user: User, given: Mapping[str, Any]) -> Reply:
    """The direct room with a user: an account of the sandbox, or one that was given a room with @ before its name."""
    username = given["username"] if "username" in given else given["usernames"]
    if "," in username:
        raise Refused("The sandbox opens direct rooms with one user only.")
    known = {each.username for each in USERS} | {name[1:] for name in list(state.rooms) if name.startswith("@")}
    if username not in known:
        raise Refused("error-invalid-user", coded=True, reason="Invalid user")
    room = state.room(f"@{username}")
    shown = {"t": "d", "rid": room.id, "_id": room.id, "usernames": [user.username, username]}
    return success({"room": shown})
