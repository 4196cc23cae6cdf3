"""Posting and editing messages. Every message has an id of our own, so that a repeat cannot show it twice."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from deliveries.reasons import Reason
from deliveries.rocketchat.client import Client
from deliveries.rocketchat.outcomes import ABOUT_MESSAGE, Ending, Outcome
from deliveries.rocketchat.rest import dialects
from deliveries.rocketchat.rest.account import Account, Calls, Told

# What a webhook calls it -> what chat.sendMessage calls it. All else is the webhook's alone.
_NAMES = {"text": "msg", "attachments": "attachments", "alias": "alias", "icon_url": "avatar", "icon_emoji": "emoji"}
_DELETED = "rm"
# After these nobody knows whether the message is in the room: Rocket.Chat inserts an id that exists never twice, but
# then stumbles over its own answer.
_UNCLEAR = frozenset({Reason.SUCCESS_FALSE, Reason.SERVER_ERROR})


def send(
    client: Client,
    account: Account,
    room_id: str,
    body: dict[str, Any],
    *,
    message_id: str,
    tmid: str = "",
    in_room: bool = False,
    unclear: bool = False,
) -> Outcome:
    """Post one message, whose body is written as for a webhook, within `account.timeout`.

    `tmid`: into the thread of that message, with `in_room` also shown in the room. `unclear`: an earlier try may have
    posted it, so an answer that is no success is not the last word. Without that a message of this id is believed to be
    this one only if it says the same; else the outcome is ID_TAKEN, and nothing was posted.
    """
    calls = Calls(client, account)
    if tmid and (refused := _no_thread(calls, room_id, tmid)):
        return refused
    payload = _payload(body, room_id, message_id, tmid, in_room)
    dialect = dialects.REPLYING if tmid else dialects.SENDING
    told = calls.post("/api/v1/chat.sendMessage", dialect, payload)
    outcome = told.outcome
    if outcome.kind is Ending.DELIVERED and outcome.message_id == message_id:
        return outcome
    if outcome.kind is Ending.NOT_SENT or (outcome.kind is Ending.REFUSED and not unclear and not _is_unclear(outcome)):
        return outcome
    return _confirmed(calls, outcome, message_id, None if unclear else str(payload["message"].get("msg", "")))


def edit(client: Client, account: Account, room_id: str, message_id: str, text: str) -> Outcome:
    """Give a message another text; its attachments stay. CANNOT_UPDATE: that message cannot be edited (any more)."""
    payload = {"roomId": room_id, "msgId": message_id, "text": text, "previewUrls": []}
    told = Calls(client, account).post("/api/v1/chat.update", dialects.EDITING, payload)
    if told.outcome.reason in ABOUT_MESSAGE:
        return _cannot(told.outcome, told.outcome.error)
    if told.outcome.kind is not Ending.DELIVERED:
        return told.outcome
    if _is_deleted(told):
        return _cannot(told.outcome, "The message was deleted in the room, so nobody would see it edited.")
    return replace(told.outcome, message_id=message_id)


def _payload(body: dict[str, Any], room_id: str, own_id: str, tmid: str, in_room: bool) -> dict[str, Any]:
    message = {"_id": own_id, "rid": room_id} | {_NAMES[name]: body[name] for name in body if name in _NAMES}
    if tmid:
        message |= {"tmid": tmid} | ({"tshow": True} if in_room else {})
    return {"message": message} | ({} if body.get("parseUrls", True) else {"previewUrls": []})


def _is_unclear(outcome: Outcome) -> bool:
    return outcome.reason in _UNCLEAR


def _no_thread(calls: Calls, room_id: str, tmid: str) -> Outcome | None:
    """Why a reply would not be seen: Rocket.Chat takes one to a message that is gone, and shows it nowhere.

    A reply goes to the room of its parent, whatever room is named.
    """
    told = calls.get("/api/v1/chat.getMessage", dialects.ASKING, msgId=tmid)
    outcome = told.outcome
    if outcome.kind is Ending.DELIVERED and not _is_deleted(told):
        if _message(told).get("rid") == room_id:
            return None
        return _cannot(outcome, "The message this belongs to is in another room, so this goes out as one of its own.")
    if outcome.kind is Ending.DELIVERED or _is_missing(told) or outcome.reason is Reason.BAD_ROOM:
        return _cannot(outcome, "The message this belongs to is gone from the room: nobody would see a reply to it.")
    # The limit of another call says nothing about this one.
    return None if outcome.reason is Reason.RATE_LIMITED else outcome


def _confirmed(calls: Calls, outcome: Outcome, own_id: str, text: str | None) -> Outcome:
    """The outcome after a look whether the message is there; `text`: only with these words is it ours."""
    told = calls.get("/api/v1/chat.getMessage", dialects.ASKING, msgId=own_id)
    found = told.outcome
    duration = outcome.duration + found.duration
    if found.kind is Ending.DELIVERED and found.message_id == own_id:
        if text is not None and str(_message(told).get("msg", "")).strip() != text.strip():
            words = "The room has another message under the id of this one, as after a restore from a backup."
            return replace(
                outcome, kind=Ending.REFUSED, reason=Reason.ID_TAKEN, error=words, message_id="", duration=duration
            )
        words = "Rocket.Chat's answer was no clear success, so the room was asked: the message is there."
        return replace(found, error=words, started_at=outcome.started_at, duration=duration, rate_limit_remaining=None)
    if outcome.kind is not Ending.DELIVERED:
        return replace(outcome, duration=duration)
    if outcome.message_id or not _is_missing(told):
        words = "Rocket.Chat said yes without showing the message, so it may or may not be posted."
        return replace(
            outcome, kind=Ending.UNKNOWN, reason=Reason.NOT_ROCKETCHAT, error=words, message_id="", duration=duration
        )
    words = "Rocket.Chat said yes, but the message is not there: look whether an app of the server holds it back."
    return replace(outcome, kind=Ending.REFUSED, reason=Reason.SUCCESS_FALSE, error=words, duration=duration)


def _cannot(outcome: Outcome, words: str) -> Outcome:
    return replace(outcome, kind=Ending.REFUSED, reason=Reason.CANNOT_UPDATE, error=words, message_id="")


def _message(told: Told) -> dict[str, Any]:
    message = told.said.get("message")
    return message if isinstance(message, dict) else {}


def _is_deleted(told: Told) -> bool:
    return _message(told).get("t") == _DELETED


def _is_missing(told: Told) -> bool:
    """Rocket.Chat's way to say that there is no such message: a refusal without words."""
    return told.outcome.status == 400 and told.said.get("success") is False and not told.said.get("error")
