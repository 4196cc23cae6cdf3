"""What the calls have in common: their shape, their schemas, success and failure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .. import drafts
from ..drafts import Author, Limits, Refused
from ..hooks import Reply
from ..http1 import json_answer
from ..rooms import Room
from ..state import State
from ..users import User

Call = Callable[[State, User, Mapping[str, Any]], Reply]


class Invalid(Exception):
    """The body or the query breaks the call's schema; str() is ajv's message."""


def failure(error: str, code: str = "") -> Reply:
    body = {"success": False, "error": error, **({"errorType": code} if code else {})}
    return Reply(json_answer(400, body))


def success(value: Mapping[str, Any], *ready: tuple[Room, dict[str, Any]]) -> Reply:
    return Reply(json_answer(200, {**value, "success": True}), ready)


def author_and_limits(state: State, user: User) -> tuple[Author, Limits]:
    # The REST limit is looked at before trimming and for each attachment, so it is checked here, not while composing.
    return Author(user), Limits(0, state.eras.fields_strict)


def check_size(state: State, *texts: Any) -> None:
    limit = state.eras.max_size
    if limit and any(isinstance(text, str) and drafts.utf16_length(text) > limit for text in texts):
        raise Refused("error-message-size-exceeded", coded=True)
