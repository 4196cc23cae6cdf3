"""The few REST calls AlertHub uses, as Rocket.Chat 8 answers them, for one bot account with a fixed, public token."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from . import drafts, payloads
from .drafts import Author, Limits, Refused
from .hooks import Reply
from .http1 import Request, json_answer
from .state import BOT, Message, Room, State, isoformat

VERSION = "8.8"
USER_ID = BOT.id
TOKEN = "publicSandboxTokenRest".rjust(43, "0")  # the stand-in's, known to everybody

_POST_KEYS = {"text", "alias", "emoji", "avatar", "attachments", "tmid", "customFields", "parseUrls"}
_EMOJI_HELP = "Invalid emoji provided."


class _Invalid(Exception):
    """The body or the query breaks the call's schema; str() is ajv's message."""


def judge(state: State, request: Request) -> Reply:
    """One call under /api. Stores nothing new itself: what is to be stored is in the reply."""
    if request.path == "/api/info":
        return Reply(json_answer(200, {"version": VERSION, "success": True}))
    call = _CALLS.get((request.method, request.path.removeprefix("/api/v1/")))
    if call is None:
        return Reply(json_answer(404, {"success": False, "error": "Resource not found"}))
    if (request.headers.get("x-user-id"), request.headers.get("x-auth-token")) != (USER_ID, TOKEN):
        return Reply(json_answer(401, {"success": False, "error": "You must be logged in to do this."}))
    given = request.parameters() if request.method == "GET" else payloads.read(request, state.eras)
    try:
        return call(state, given)
    except _Invalid as invalid:
        return _failure(str(invalid), "invalid-params")
    except Refused as refused:
        return _failure(f"[{refused}]", str(refused)) if refused.coded else _failure(str(refused))


def _failure(error: str, code: str = "") -> Reply:
    body = {"success": False, "error": error, **({"errorType": code} if code else {})}
    return Reply(json_answer(400, body))


def _success(value: Mapping[str, Any], *ready: tuple[Room, dict[str, Any]]) -> Reply:
    return Reply(json_answer(200, {**value, "success": True}), ready)


def _strict(given: Mapping[str, Any], required: set[str], optional: set[str] | None = None) -> None:
    for name in sorted(required):
        if not isinstance(given.get(name), str) or not given[name]:
            raise _Invalid(f"must have required property '{name}'")
    if set(given) - required - (optional or set()):
        raise _Invalid("must NOT have additional properties")


def _me(state: State, given: Mapping[str, Any]) -> Reply:
    return _success({"_id": BOT.id, "username": BOT.username, "name": BOT.name, "active": True, "roles": ["bot"]})


def _room_info(key: str, error: str) -> Callable[[State, Mapping[str, Any]], Reply]:
    def answer(state: State, given: Mapping[str, Any]) -> Reply:
        wanted = given.get("roomId") or given.get("roomName") or ""
        room = state.find_room(str(wanted))
        if room is None:
            return _failure(f"{error} [error-room-not-found]", "error-room-not-found")
        if room.refusal:
            return _failure("not-allowed", "Not Allowed")
        shown = {
            "_id": room.id,
            "name": room.name[1:],
            "fname": room.name[1:],
            "t": room.kind,
            "usersCount": 2,
        }
        return _success({key: {**shown, "msgs": room.total}})

    return answer


def _author_and_limits(state: State) -> tuple[Author, Limits]:
    # The REST limit is looked at before trimming and for each attachment, so it is checked here, not while composing.
    return Author(BOT), Limits(0, state.eras.fields_strict)


def _check_size(state: State, *texts: Any) -> None:
    limit = state.eras.max_size
    if limit and any(isinstance(text, str) and drafts.utf16_length(text) > limit for text in texts):
        raise Refused("error-message-size-exceeded", coded=True)


def _post_message(state: State, given: Mapping[str, Any]) -> Reply:
    if ("roomId" in given) == ("channel" in given):
        raise _Invalid("must match exactly one schema in oneOf")
    key = "roomId" if "roomId" in given else "channel"
    allowed = _POST_KEYS | {key} if key == "roomId" else (_POST_KEYS - {"tmid"}) | {key}
    if set(given) - allowed:
        raise _Invalid("must NOT have additional properties\nmust match exactly one schema in oneOf")
    attachments = given.get("attachments") or []
    if not isinstance(attachments, list):
        raise _Invalid("must be array")
    _check_size(state, given.get("text"), *(each.get("text") for each in attachments if isinstance(each, dict)))
    author, limits = _author_and_limits(state)
    message = drafts.compose({name: given[name] for name in given if name != key}, author, limits)
    ready = []
    for wanted in drafts.wanted_rooms(given, ()):
        room = state.find_room(wanted)
        if room is None:
            raise Refused("invalid-channel", coded=True)
        ready.append((room, drafts.finish(message, room, author, state.clock())))
    if not ready:
        raise Refused("unknown-error")
    return _success({"ts": round(state.clock() * 1000), "channel": given[key], "message": ready[0][1]}, *ready)


def _send_message(state: State, given: Mapping[str, Any]) -> Reply:
    message = given.get("message")
    if not isinstance(message, dict) or set(given) - {"message", "previewUrls"}:
        raise _Invalid("must have required property 'message'")
    if not isinstance(message.get("rid"), str) or ("tshow" in message and not message.get("tmid")):
        raise _Invalid("must have required property 'rid'" if "rid" not in message else "must have property tmid")
    _check_size(state, message.get("msg"))
    room = next((room for room in list(state.rooms.values()) if room.id == message["rid"]), None)
    if room is None:
        raise Refused("error-invalid-room", coded=True)
    own_id = message.get("_id")
    if own_id is not None and not isinstance(own_id, str):
        raise _Invalid("must be string")
    if own_id and state.find_message(own_id):
        # Rocket.Chat inserts nothing and then cannot build its answer: what that looks like was inferred, so both exist.
        return _success({}) if state.eras.repeated_id == "200" else _failure("Cannot read properties of undefined")
    author, limits = _author_and_limits(state)
    content = {name: message[name] for name in message if name not in ("rid", "_id")}
    document = drafts.finish(drafts.compose(content, author, limits), room, author, state.clock(), own_id or "")
    return _success({"message": document}, (room, document))


def _found(state: State, message_id: Any) -> Message:
    found = state.find_message(message_id) if isinstance(message_id, str) else None
    if found is None:
        raise Refused(f'No message found with the id of "{message_id}".')
    return found


def _get_message(state: State, given: Mapping[str, Any]) -> Reply:
    _strict(given, {"msgId"})
    found = state.find_message(given["msgId"])
    return _success({"message": found.document}) if found else Reply(json_answer(400, {"success": False}))


def _update(state: State, given: Mapping[str, Any]) -> Reply:
    _strict(given, {"roomId", "msgId", "text"}, {"previewUrls", "customFields"})
    found = _found(state, given["msgId"])
    if found.document["rid"] != given["roomId"]:
        raise Refused("The room id provided does not match where the message is from.")
    _check_size(state, given["text"])
    if found.text != given["text"]:
        edited_by = {"_id": BOT.id, "username": BOT.username}
        state.edit(found, {"msg": given["text"], "editedAt": isoformat(state.clock()), "editedBy": edited_by})
    return _success({"message": found.document})


def _react(state: State, given: Mapping[str, Any]) -> Reply:
    if set(given) - {"messageId", "emoji", "reaction", "shouldReact"}:
        raise _Invalid("must NOT have additional properties")
    found = state.find_message(str(given.get("messageId", "")))
    if found is None:
        raise Refused("error-message-not-found", coded=True)
    name = str(given.get("emoji") or given.get("reaction") or "").strip(":")
    if not name:
        raise Refused(_EMOJI_HELP)
    key = f":{name}:"
    reactions = dict(found.document.get("reactions") or {})
    if given.get("shouldReact", key not in reactions):
        reactions[key] = {"usernames": [BOT.username]}
    else:
        reactions.pop(key, None)
    state.edit(found, {"reactions": reactions})
    return _success({})


_MISSING = 'The required "roomId" or "roomName" param provided does not match any channel'
_CALLS: dict[tuple[str, str], Callable[[State, Mapping[str, Any]], Reply]] = {
    ("GET", "me"): _me,
    ("GET", "rooms.info"): _room_info("room", _MISSING),
    ("GET", "channels.info"): _room_info("channel", _MISSING),
    ("POST", "chat.postMessage"): _post_message,
    ("POST", "chat.sendMessage"): _send_message,
    ("GET", "chat.getMessage"): _get_message,
    ("POST", "chat.update"): _update,
    ("POST", "chat.react"): _react,
}
