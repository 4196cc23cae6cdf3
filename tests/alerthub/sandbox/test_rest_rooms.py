"""The REST calls around rooms: finding them, direct rooms, and what keeps a message out of one."""

from __future__ import annotations

from typing import Any

import pytest

from alerthub.sandbox import Sandbox, rest
from tests.alerthub.chat import Answered, get, post, send

pytestmark = pytest.mark.anywhere
ROOM = "#ops"
ME = {"X-User-Id": rest.USER_ID, "X-Auth-Token": rest.TOKEN}


def call(sandbox: Sandbox, name: str, payload: dict[str, Any]) -> Answered:
    return post(f"{sandbox.url}/api/v1/{name}", payload, headers=ME)


def info(sandbox: Sandbox, query: str = "roomName=ops") -> Answered:
    return get(f"{sandbox.url}/api/v1/rooms.info?{query}", headers=ME)


def send_to(sandbox: Sandbox, rid: str, **fields: Any) -> Answered:
    return call(sandbox, "chat.sendMessage", {"message": {"rid": rid, "msg": "x", **fields}})


@pytest.mark.parametrize(
    ("facts", "shown"),
    [
        ({}, {"t": "c", "ro": False, "encrypted": False}),
        ({"private": True}, {"t": "p"}),
        ({"read_only": True, "unmuted": ["ann"]}, {"ro": True, "unmuted": ["ann"]}),
        ({"encrypted": True}, {"encrypted": True}),
    ],
)
def test_a_room_is_shown_with_what_it_is(sandbox: Sandbox, facts: dict[str, Any], shown: dict[str, Any]) -> None:
    sandbox.room(ROOM, **facts)
    assert info(sandbox).json["room"].items() >= shown.items()


@pytest.mark.parametrize(("era", "status"), [("refused", 400), ("shown", 200)])
def test_an_archived_room_is_shown_or_not_by_the_release(sandbox: Sandbox, era: str, status: int) -> None:
    sandbox.switch(archived_info=era)
    sandbox.room(ROOM, archived=True)
    answered = info(sandbox)
    assert (answered.status, answered.json.get("errorType", "")) == (
        (400, "error-room-archived") if status == 400 else (200, "")
    )


def test_a_name_is_no_id(sandbox: Sandbox) -> None:
    sandbox.room(ROOM)
    assert info(sandbox, "roomId=ops").json["errorType"] == "error-room-not-found"


def test_one_of_both_must_be_asked_for(sandbox: Sandbox) -> None:
    assert info(sandbox, "").json["errorType"] == "invalid-params"


@pytest.mark.parametrize("username", ["alerthub.plain", "ann"])
def test_a_direct_room_is_opened_with_a_user_who_is_there(sandbox: Sandbox, username: str) -> None:
    sandbox.room("@ann")
    room = call(sandbox, "im.create", {"username": username}).json["room"]
    assert (room["t"], room["rid"]) == ("d", sandbox.room(f"@{username}").id)


def test_a_direct_room_with_nobody_is_refused(sandbox: Sandbox) -> None:
    answered = call(sandbox, "im.create", {"username": "nobody"})
    assert (answered.error, answered.json["errorType"]) == ("Invalid user [error-invalid-user]", "error-invalid-user")


@pytest.mark.parametrize(
    "payload", [{}, {"username": ["a"]}, {"username": "a", "room": "b"}, {"username": "a", "usernames": "a,b"}]
)
def test_opening_a_direct_room_is_strict(sandbox: Sandbox, payload: dict[str, Any]) -> None:
    assert call(sandbox, "im.create", payload).json["errorType"] == "invalid-params"


@pytest.mark.parametrize(
    ("facts", "error"),
    [
        ({"archived": True}, "[error-room-archived]"),
        ({"read_only": True}, "You can't send messages because the room is readonly."),
        ({"muted": ["alerthub.bot"]}, "[You_have_been_muted]"),
        ({"encrypted": True}, "Not allowed to send un-encrypted messages in an encrypted room [error-not-allowed]"),
    ],
)
def test_a_room_may_take_no_message(sandbox: Sandbox, facts: dict[str, Any], error: str) -> None:
    room = sandbox.room(ROOM, **facts)
    assert (send_to(sandbox, room.id).error, sandbox.messages(ROOM)) == (error, [])


def test_a_read_only_room_takes_it_from_who_may_speak(sandbox: Sandbox) -> None:
    room = sandbox.room(ROOM, read_only=True, unmuted=["alerthub.bot"])
    assert send_to(sandbox, room.id).status == 200


def test_an_archived_room_refuses_webhooks_too(sandbox: Sandbox) -> None:
    hook = sandbox.hook(ROOM)
    sandbox.room(ROOM, archived=True)
    assert post(hook.url, {"text": "x"}).error == "error-room-archived"


def test_rooms_are_changed_and_shown_from_outside(sandbox: Sandbox) -> None:
    post(f"{sandbox.url}/sandbox/rooms", {"name": ROOM, "archived": True, "muted": ["ann"]})
    shown = {room["name"]: room for room in get(f"{sandbox.url}/sandbox/rooms").json["rooms"]}
    assert (shown[ROOM]["archived"], shown[ROOM]["muted"]) == (True, ["ann"])


def test_a_change_leaves_what_it_does_not_name(sandbox: Sandbox) -> None:
    for facts in ({"archived": True}, {"read_only": True}):
        post(f"{sandbox.url}/sandbox/rooms", {"name": ROOM, **facts})
    assert sandbox.room(ROOM).archived


@pytest.mark.parametrize("facts", [{"archived": "yes"}, {"colour": "red"}])
def test_a_change_that_cannot_be_is_refused(sandbox: Sandbox, facts: dict[str, Any]) -> None:
    assert post(f"{sandbox.url}/sandbox/rooms", {"name": ROOM, **facts}).status == 400


def test_a_message_is_deleted_from_outside(sandbox: Sandbox) -> None:
    send_to(sandbox, sandbox.room(ROOM).id, _id="gone")
    send(f"{sandbox.url}/sandbox/messages/gone", b"{}", method="DELETE")
    assert sandbox.messages(ROOM) == []
