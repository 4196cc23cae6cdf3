"""An incoming webhook's request, judged in Rocket.Chat's own order: token, user, rate, enabled, script, rooms, send."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from . import drafts, payloads
from .drafts import Author, Limits, Refused
from .http1 import Answer, Request, json_answer, text_answer
from .limits import Budget
from .rooms import Room
from .state import Hook, State

_DONE = {"success": True}


@dataclass(frozen=True, slots=True)
class Reply:
    """What to answer and what to store. `remaining`: the budget left, None without a limit. `hangs`: never answer."""

    answer: Answer
    drafts: tuple[tuple[Room, dict[str, Any]], ...] = ()
    remaining: int | None = None
    hangs: bool = False


def find(state: State, request: Request) -> Hook | None:
    """The hook of `/hooks/<id>/<token>` or `/hooks/<id>/<anything>/<token>`."""
    segments = [unquote(segment) for segment in request.path.split("/")[2:]]
    if len(segments) == 4 and segments[0] == "info":
        segments = segments[1:]
    return state.find_hook(segments[0], segments[-1]) if len(segments) in (2, 3) else None


def unknown(state: State, request: Request) -> Reply:
    """Nobody's token; how that is answered depends on the release."""
    if request.path.count("/") not in (3, 4) or request.method not in ("GET", "POST"):
        return Reply(text_answer(404, "404 Not Found"))
    if state.eras.token_error == "404json":  # noqa: S105 - a name
        return Reply(json_answer(404, {"success": False, "error": "Invalid integration id or token provided."}))
    return Reply(text_answer(500, "Internal Server Error"), hangs=state.eras.token_error == "hang")  # noqa: S105


def judge(state: State, hook: Hook, request: Request) -> Reply:
    """Everything after the token was found right. Stores nothing."""
    if request.method not in ("GET", "POST"):
        return Reply(text_answer(404, "404 Not Found"))
    if request.path.count("/") == 5:  # GET /hooks/info/<id>/<anything>/<token>: a probe that posts nothing
        return Reply(json_answer(200, _DONE))
    if hook.user is None:
        return Reply(_failure("You must be logged in to do this.", 401))
    budget = _take(state, hook, request)
    headers = budget.headers() if budget else {}
    remaining = budget.remaining if budget else None
    if budget and not budget.allowed:
        return Reply(json_answer(429, budget.refusal(), headers), remaining=remaining)
    try:
        status, answer, ready = _accept(state, hook, request)
    except Refused as refused:
        status, answer, ready = 400, {"success": False, "error": str(refused)}, ()
    except payloads.Rejected as rejected:
        if not rejected.as_json:
            return Reply(Answer(400, b"Bad Request", "text/plain", headers), remaining=remaining)
        status, answer, ready = 400, {"success": False, "error": str(rejected)}, ()
    return Reply(json_answer(status, answer, headers), ready, remaining)


def _failure(error: str, status: int) -> Answer:
    return json_answer(status, {"success": False, "error": error})


def _take(state: State, hook: Hook, request: Request) -> Budget | None:
    rate = hook.rate or state.rate
    if not rate.calls:
        return None
    rule = f"{request.method} {request.path}?{request.query}"
    return state.limiter.take(rule, request.client, rate, state.clock())


_Ready = tuple[tuple[Room, dict[str, Any]], ...]


def _accept(state: State, hook: Hook, request: Request) -> tuple[int, Mapping[str, Any], _Ready]:
    if not hook.enabled:
        return 503, {"success": False, "error": "Service Unavailable"}, ()
    payload = payloads.read(request, state.eras)
    has_script = hook.script != "none"
    if has_script and request.method == "POST" and request.body:
        if hook.script == "throw":
            raise Refused("error-running-script")
        if hook.script == "returns-nothing":
            return 200, _DONE, ()
    if not payload and not has_script:
        return 200, _DONE, ()
    if any(drafts.truthy(payload.get(name)) for name in ("channel", "roomId")) and not hook.override:
        raise Refused("overriding destination channel is disabled for this integration")
    return _post(state, hook, payload)


def _post(state: State, hook: Hook, payload: Mapping[str, Any]) -> tuple[int, Mapping[str, Any], _Ready]:
    assert hook.user is not None  # noqa: S101 - judge() answered 401 for it
    author = Author(hook.user, hook.alias, hook.emoji, hook.avatar, bot=hook.id)
    limits = Limits(state.eras.max_size, state.eras.fields_strict)
    separate = bool(payload.get("separateResponse")) and state.eras.separate_response
    ready: list[tuple[Room, dict[str, Any]]] = []
    responses: list[dict[str, Any]] = []
    for given in drafts.wanted_rooms(payload, hook.channels):
        try:
            room = state.find_room(given)
            if room is None:
                raise Refused("invalid-channel", coded=True)
            message = drafts.compose(payload, author, limits)
            document = drafts.finish(message, room, author, state.clock())
        except Refused as refused:
            if not separate:
                raise  # one room refused: nothing is sent anywhere
            responses.append({"channel": given, "error": str(refused)})
            continue
        ready.append((room, document))
        responses.append({"channel": given, "message": document})
    if not responses:
        raise Refused("unknown-error")
    if not separate:
        return 200, _DONE, tuple(ready)
    return (200 if ready else 400), {"responses": responses, "success": bool(ready)}, tuple(ready)
