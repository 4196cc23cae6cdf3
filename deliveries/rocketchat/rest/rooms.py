"""From the room an admin named to the id Rocket.Chat wants, or to the words that say why there is none."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from deliveries.reasons import Reason
from deliveries.rocketchat.client import Client
from deliveries.rocketchat.outcomes import Ending, Outcome
from deliveries.rocketchat.rest import dialects
from deliveries.rocketchat.rest.account import Account, Calls

_ID = re.compile(r"[!-~]{1,100}")


@dataclass(frozen=True, slots=True)
class Resolved:
    """`room_id`, or the outcome that says why there is none."""

    room_id: str
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What Rocket.Chat told of a room; `facts` are empty if `outcome` is no success."""

    outcome: Outcome
    facts: dict[str, Any]

    @property
    def room_id(self) -> str:
        """Empty if there is none, or none that can be one."""
        given = self.facts.get("_id") or self.facts.get("rid")
        return given if isinstance(given, str) and _ID.fullmatch(given) else ""


def resolve(client: Client, account: Account, room: str) -> Resolved:
    """`#name`, `@user` (its direct room is opened) or a room id. Nothing is posted, whatever happens.

    An archived room is refused here. Whether the account may post in a read-only or encrypted one depends on
    permissions that only a try shows.
    """
    found = look_up(Calls(client, account), room)
    if found.outcome.kind is not Ending.DELIVERED:
        return Resolved("", found.outcome)
    return Resolved(found.room_id)


def look_up(calls: Calls, room: str) -> Found:
    """Ask for the room. An outcome that is no success says in words what is wrong with it."""
    room = room.strip()
    if room.startswith("@"):
        told = calls.post("/api/v1/im.create", dialects.ASKING, {"username": room[1:]})
    elif room.startswith("#"):
        told = calls.get("/api/v1/rooms.info", dialects.ASKING, roomName=room[1:])
    else:
        told = calls.get("/api/v1/rooms.info", dialects.ASKING, roomId=room)
    facts = told.said.get("room")
    found = Found(told.outcome, facts if isinstance(facts, dict) else {})
    if found.outcome.kind is not Ending.DELIVERED:
        return Found(_explained(found.outcome, str(told.said.get("error", "")).lower(), room), {})
    if found.facts.get("archived") is True:
        return Found(_refused(found.outcome, _archived(room)), {})
    if not found.room_id:
        words = f"The server answered, but told no room for {room}, as Rocket.Chat would."
        return Found(replace(found.outcome, kind=Ending.NOT_SENT, reason=Reason.NOT_ROCKETCHAT, error=words), {})
    return found


def _explained(outcome: Outcome, said: str, room: str) -> Outcome:
    if outcome.kind is not Ending.REFUSED or outcome.status not in (400, 403):
        return outcome
    if "archived" in said:
        return _refused(outcome, _archived(room))
    if room.startswith("@") and ("invalid-user" in said or "user-not-found" in said):
        return _refused(outcome, f"Rocket.Chat knows no active user {room}: check the name there.")
    if room.startswith("@") and ("not-allowed" in said or outcome.status == 403):
        return _refused(outcome, f"The bot may not open a direct room with {room}: it needs the permission create-d.")
    if "not-found" in said or "does not match any" in said or "invalid-room" in said:
        hint = (
            "" if room.startswith("#") else " Write # before the name of a room, @ before a user's; else it is an id."
        )
        return _refused(outcome, f"Rocket.Chat knows no room {room}: check the name there.{hint}")
    if "not-allowed" in said or "not allowed" in said or outcome.status == 403:
        return _refused(outcome, f"The bot may not see {room}: invite it to the room.")
    return outcome


def _archived(room: str) -> str:
    return f"{room} is archived: unarchive it in Rocket.Chat, or name another room."


def _refused(outcome: Outcome, words: str) -> Outcome:
    return replace(outcome, kind=Ending.REFUSED, reason=Reason.BAD_ROOM, error=words)
