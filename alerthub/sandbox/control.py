"""The sandbox's own API, for tests and the page: read what was stored, make hooks, switch faults on, start over."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from . import payloads
from .eras import Eras
from .faults import KINDS, Endpoint
from .http1 import Answer, Request, json_answer
from .limits import Rate
from .rooms import Room
from .state import Hook, State, new_id
from .users import BOT

_HOOK_OPTIONS = {"id", "token", "name", "enabled", "override", "script", "alias", "emoji", "avatar"}
_USER_OPTIONS = {"may_impersonate", "may_mention_all"}
_ROOM_FLAGS = {"archived", "read_only", "encrypted", "private"}
_ROOM_LISTS = {"muted", "unmuted"}
# Seconds a request for messages may stay open.
LONGEST_WAIT = 25.0
SCRIPTS = ("none", "echo", "throw", "returns-nothing")


class Mistake(ValueError):
    """A request to this API that cannot be done; str() says what to change."""


def make_hook(state: State, base: Any, rooms: str | list[str] | tuple[str, ...], **options: Any) -> Hook:
    """Add a hook that posts to `rooms` (each starting with # or @). Raises Mistake."""
    channels = tuple(rooms.split(",")) if isinstance(rooms, str) else tuple(rooms)
    channels = tuple(str(name).strip() for name in channels)
    if not channels or any(name[:1] not in ("#", "@") or len(name) < 2 for name in channels):
        raise Mistake("room must start with # or @, for example #alerts-critical")
    if unknown := set(options) - _HOOK_OPTIONS - _USER_OPTIONS - {"rate", "user"}:
        raise Mistake(f"unknown option {', '.join(sorted(unknown))}")
    if options.get("script", "none") not in SCRIPTS:
        raise Mistake(f"script must be one of {', '.join(SCRIPTS)}")
    impersonate = bool(options.pop("may_impersonate", BOT.may_impersonate))
    mention_all = bool(options.pop("may_mention_all", BOT.may_mention_all))
    user = dataclasses.replace(BOT, may_impersonate=impersonate, may_mention_all=mention_all)
    options.setdefault("user", user)
    options.setdefault("id", new_id())
    options.setdefault("token", new_id(48))
    options.setdefault("name", channels[0][1:])
    return state.add_hook(Hook(state.keep, channels=channels, base=base, **options))


def serve(state: State, base: Any, request: Request) -> Answer:
    """Answer one request under /sandbox/."""
    words = request.path.removeprefix("/sandbox/").strip("/").split("/")
    try:
        if request.method == "GET":
            return json_answer(200, _read(state, words, request.parameters()))
        # A browser asks before it sends this type to a foreign server, so no web page can change a local sandbox.
        if "application/json" not in request.content_type.lower():
            raise Mistake("send this with Content-Type: application/json")
        given = payloads.parse_json(request.body.decode("utf-8", "replace") or "{}")
        if not isinstance(given, dict):
            raise Mistake("the body must be a JSON object")
        return json_answer(200, _write(state, base, request.method, words, given))
    except LookupError as missing:
        return json_answer(404, {"success": False, "error": str(missing.args[0] if missing.args else "not found")})
    except (ValueError, TypeError) as mistake:
        return json_answer(400, {"success": False, "error": str(mistake)})


def _endpoint(state: State, name: str) -> Endpoint:
    named = {"rest": state.rest, "strays": state.strays, **state.hooks}
    if name not in named:
        raise LookupError(f"no hook {name!r}")
    return named[name]


def _read(state: State, words: list[str], given: Mapping[str, str]) -> dict[str, Any]:
    match words:
        case ["messages"]:
            _await_news(state, given)
            last = state.last_change  # read first: what comes in between is seen again, never missed
            found = state.messages(given.get("room", ""), int(given.get("since", 0)), int(given.get("limit", 0)))
            shown = [message.as_dict() for message in found]
            return {"life": state.life, "now": state.clock(), "last": last, "messages": shown}
        case ["rooms"]:
            return {"life": state.life, "rooms": [_show_room(room) for room in list(state.rooms.values())]}
        case ["hooks"]:
            return {"hooks": [show_hook(hook) for hook in list(state.hooks.values())]}
        case ["eras"]:
            return state.eras.as_dict()
        case ["hooks", name, "log"]:
            return {"log": [received.as_dict() for received in list(_endpoint(state, name).journal)]}
        case ["hooks", name, "faults"]:
            known = {kind: text for kind, (_, text) in KINDS.items()}
            return {"faults": [fault.as_dict() for fault in _endpoint(state, name).faults], "known": known}
    raise LookupError("no such page; see messages, rooms, hooks, eras, hooks/<id>/log, hooks/<id>/faults")


def _await_news(state: State, given: Mapping[str, str]) -> None:
    """With `wait` (seconds) and `life`: answer as soon as there is something newer than `since`, or another life."""
    wait, since = min(float(given.get("wait", 0)), LONGEST_WAIT), int(given.get("since", 0))
    if wait > 0:
        with state.changed:
            state.changed.wait_for(lambda: state.last_change > since or state.life != given.get("life"), wait)


def _write(state: State, base: Any, method: str, words: list[str], given: dict[str, Any]) -> dict[str, Any]:
    match (method, words):
        case ("POST", ["reset"]):
            state.reset()
            return {"success": True}
        case ("POST", ["eras"]):
            state.eras = Eras(**{**state.eras.as_dict(), **given})
            return state.eras.as_dict()
        case ("POST", ["hooks"]):
            return show_hook(make_hook(state, base, given.pop("room", ""), **_with_rate(given)))
        case ("POST", ["rooms"]):
            return _show_room(change_room(state, str(given.pop("name")), {"refusal": "", **given}))
        case ("DELETE", ["messages", message_id]):
            state.delete(message_id)
            return {"success": True}
        case ("POST", ["hooks", name, "faults"]):
            return _endpoint(state, name).fail(**given).as_dict()
        case ("DELETE", ["hooks", name, "faults"]):
            _endpoint(state, name).clear()
            return {"success": True}
    raise LookupError("no such action; see reset, eras, hooks, rooms, messages/<id>, hooks/<id>/faults")


def change_room(state: State, name: str, facts: Mapping[str, Any]) -> Room:
    """Change what is given of a room, which is made when missing. Raises Mistake."""
    if unknown := set(facts) - _ROOM_FLAGS - _ROOM_LISTS - {"refusal"}:
        raise Mistake(f"a room has no {', '.join(sorted(unknown))}")
    if wrong := [each for each in sorted(_ROOM_FLAGS & set(facts)) if not isinstance(facts[each], bool)]:
        raise Mistake(f"{wrong[0]} must be true or false")
    room = state.room(name)
    for each, value in facts.items():
        setattr(room, each, tuple(value) if each in _ROOM_LISTS else value)
    return room


def _show_room(room: Room) -> dict[str, Any]:
    return {**room.facts(), "id": room.id, "name": room.name, "total": room.total, "refusal": room.refusal}


def _with_rate(given: dict[str, Any]) -> dict[str, Any]:
    if "rate_limit" in given:
        given["rate"] = parse_rate(str(given.pop("rate_limit")))
    return given


def parse_rate(text: str) -> Rate:
    """`10/60` (calls/seconds), or `0` for no limit. Raises Mistake."""
    calls, _, seconds = text.partition("/")
    try:
        rate = Rate(int(calls), float(seconds or 60))
    except ValueError:
        raise Mistake(f"a rate limit reads CALLS/SECONDS such as 10/60, or 0 for none, not {text!r}") from None
    if rate.calls < 0 or rate.seconds <= 0:
        raise Mistake("a rate limit needs 0 or more calls and more than 0 seconds")
    return rate


def show_hook(hook: Hook) -> dict[str, Any]:
    rooms = list(hook.channels)
    return {"id": hook.id, "name": hook.name, "rooms": rooms, "url": hook.url, "enabled": hook.enabled}
