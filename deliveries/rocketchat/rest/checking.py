"""The steps of "Check connection", each with words that say what is wrong and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from deliveries import redaction
from deliveries.reasons import Reason
from deliveries.rocketchat.client import Client
from deliveries.rocketchat.outcomes import Ending, Outcome
from deliveries.rocketchat.rest import dialects
from deliveries.rocketchat.rest.account import Account, Calls
from deliveries.rocketchat.rest.rooms import Found, look_up

LONGEST = 20.0
"""Seconds for all steps together: a person waits."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: whether it is well, and the words for it."""

    step: str
    ok: bool
    words: str


def check(client: Client, account: Account, room: str = "") -> tuple[Step, ...]:
    """What stands between AlertHub and the room, up to the first step that fails. Nothing is posted."""
    return tuple(_steps(Calls(client, account, LONGEST), account, room.strip()))


def _steps(calls: Calls, account: Account, room: str) -> Iterator[Step]:
    # Without the token: nothing but a Rocket.Chat is shown it.
    info = calls.get("/api/info", dialects.ASKING, known=False)
    if info.outcome.status is None:
        yield _failed("Connection", info.outcome)
        return
    yield Step("Connection", True, _connected(account))
    if info.outcome.kind is not Ending.DELIVERED or not info.said.get("version"):
        yield Step("Rocket.Chat", False, _stranger(info.outcome, account))
        return
    version = redaction.clean(str(info.said["version"]), None, 20)
    yield Step("Rocket.Chat", True, f"It is a Rocket.Chat, version {version}.")
    me = calls.get("/api/v1/me", dialects.ASKING)
    if me.outcome.kind is not Ending.DELIVERED:
        yield Step("Account", False, _unknown_account(me.outcome))
        return
    username = redaction.clean(str(me.said.get("username", "")), redaction.pattern([account.token]), 100)
    yield Step("Account", True, f"User id and access token are those of @{username}.")
    yield _pace(me.said.get("roles"), me.outcome.rate_limit_remaining is not None)
    if room:
        yield from _room(look_up(calls, room), room, username)


def _connected(account: Account) -> str:
    parts = urlsplit(account.base_url)
    if parts.scheme != "https":
        return f"{parts.hostname} answers, without encryption: the access token travels in clear."
    trusted = "its certificate is trusted" if account.verify_tls else "its certificate is not verified"
    return f"{parts.hostname} answers over TLS; {trusted}."


def _stranger(outcome: Outcome, account: Account) -> str:
    if outcome.reason is Reason.REDIRECT or outcome.reason in (Reason.GATEWAY, Reason.SERVER_ERROR):
        return _sentence(outcome)
    return (
        f"What answers at {account.base_url}/api/info is not Rocket.Chat (status {outcome.status}). Enter the address "
        "people open in their browser, with its path if it has one, and look for a login page or proxy before it."
    )


def _unknown_account(outcome: Outcome) -> str:
    if outcome.reason is Reason.UNAUTHORIZED:
        return (
            "Rocket.Chat does not know this user id and access token together (401). Make the bot a new personal "
            "access token (its profile, Personal Access Tokens), and enter both as they are shown there."
        )
    return _sentence(outcome)


def _pace(roles: Any, is_limited: bool) -> Step:
    is_bot = isinstance(roles, list) and "bot" in roles
    if is_bot:
        return Step("Role", True, "It has the role bot, so Rocket.Chat does not limit how much it posts.")
    if not is_limited:
        return Step("Role", True, "It lacks the role bot, but Rocket.Chat does not limit how much it posts.")
    return Step(
        "Role",
        False,
        "It lacks the role bot: Rocket.Chat lets it post about 10 messages a minute, and not under another name. "
        "Give it the role bot (Administration, Users), or set the rate limit of the server here to 10 calls in 60 "
        "seconds.",
    )


def _room(found: Found, room: str, username: str) -> Iterator[Step]:
    if found.outcome.kind is not Ending.DELIVERED:
        is_told = found.outcome.reason is Reason.BAD_ROOM  # with what to do about it
        yield Step("Room", False, found.outcome.error if is_told else _sentence(found.outcome))
        return
    yield Step("Room", True, f"{room} is there, with the id {found.room_id}.")
    obstacle = _obstacle(found.facts, room, username)
    words = "Nothing is known to keep it from posting there. A test message shows it for certain."
    yield Step("Posting", not obstacle, obstacle or words)


def _obstacle(facts: dict[str, Any], room: str, username: str) -> str:
    if facts.get("encrypted") is True:
        return (
            f"{room} is end-to-end encrypted: Rocket.Chat takes AlertHub's messages only if the server allows unencrypted "
            "ones there. Switch encryption off for the room, or name another one. A test message shows it."
        )
    if username in _names(facts.get("muted")):
        return f"@{username} is muted in {room}: unmute it in the room's list of members."
    if facts.get("ro") is True and username not in _names(facts.get("unmuted")):
        return (
            f"{room} is read-only: let @{username} speak there (the room's list of members), or make it a moderator. "
            "If it has the permission post-readonly, a test message shows that all is well."
        )
    return ""


def _names(given: Any) -> list[Any]:
    return given if isinstance(given, list) else []


def _failed(step: str, outcome: Outcome) -> Step:
    return Step(step, False, _sentence(outcome))


def _sentence(outcome: Outcome) -> str:
    advice = outcome.reason.advice if outcome.reason else ""
    return f"{outcome.error} {advice}".strip()
