"""The few REST calls AlertHub uses, as Rocket.Chat 8 answers them, for bot accounts with fixed, public tokens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import payloads
from ..drafts import Refused
from ..hooks import Reply
from ..http1 import Answer, Request, json_answer
from ..limits import Budget
from ..state import State
from ..users import BOT, USERS, User
from . import schemas
from .calls import Call, Invalid, failure
from .changing import react, update
from .finding import channel_info, im_create, me, room_info
from .posting import get_message, post_message, send_message

VERSION = "8.8"
USER_ID = BOT.id
TOKEN = BOT.token

_CALLS: dict[tuple[str, str], Call] = {
    ("GET", "me"): me,
    ("GET", "rooms.info"): room_info,
    ("GET", "channels.info"): channel_info,
    ("POST", "im.create"): im_create,
    ("POST", "chat.postMessage"): post_message,
    ("POST", "chat.sendMessage"): send_message,
    ("GET", "chat.getMessage"): get_message,
    ("POST", "chat.update"): update,
    ("POST", "chat.react"): react,
}


def judge(state: State, request: Request) -> Reply:
    """One call under /api. Stores nothing new itself: what is to be stored is in the reply."""
    if request.path == "/api/info":
        return Reply(json_answer(200, {"version": VERSION, "success": True}))
    call = _CALLS.get((request.method, request.path.removeprefix("/api/v1/")))
    if call is None:
        return Reply(json_answer(404, {"success": False, "error": "Resource not found"}))
    user = _user(request.headers)
    if user is None:
        return Reply(json_answer(401, {"success": False, "error": "You must be logged in to do this."}))
    budget = _take(state, request, user)
    if budget and not budget.allowed:
        return Reply(json_answer(429, budget.refusal(), budget.headers()), remaining=0)
    reply = _answer(call, state, user, request)
    if budget is None:
        return reply
    told = reply.answer
    answer = Answer(told.status, told.body, told.content_type, {**told.headers, **budget.headers()})
    return Reply(answer, reply.drafts, budget.remaining)


def _user(headers: Mapping[str, str]) -> User | None:
    given = (headers.get("x-user-id"), headers.get("x-auth-token"))
    return next((user for user in USERS if (user.id, user.token) == given), None)


def _take(state: State, request: Request, user: User) -> Budget | None:
    """One of the calls the limit allows for each endpoint and client; None: this account has no limit."""
    if not state.rate.calls or (user.is_bot and state.eras.bot_bypass):
        return None
    return state.limiter.take(f"{request.method} {request.path}", request.client, state.rate, state.clock())


def _answer(call: Call, state: State, user: User, request: Request) -> Reply:
    given: dict[str, Any] = request.parameters() if request.method == "GET" else payloads.read(request, state.eras)
    try:
        return call(state, user, schemas.read(request.path.removeprefix("/api/v1/"), given))
    except Invalid as invalid:
        return failure(str(invalid), "invalid-params")
    except Refused as refused:
        if not refused.coded:
            return failure(str(refused))
        return failure(f"{refused.reason} [{refused}]".strip(), str(refused))
