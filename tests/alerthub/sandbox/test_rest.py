"""The REST calls: who may, what they answer, and that an own message id is never stored twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from alerthub.sandbox import BOT, PLAIN, Sandbox, default_account, rest
from tests.alerthub.chat import Answered, get, post

pytestmark = pytest.mark.anywhere
ROOM = "#ops"
ME = {"X-User-Id": rest.USER_ID, "X-Auth-Token": rest.TOKEN}


@pytest.fixture
def rid(sandbox: Sandbox) -> str:
    return sandbox.room(ROOM).id


def call(sandbox: Sandbox, name: str, payload: dict[str, Any]) -> Answered:
    return post(f"{sandbox.url}/api/v1/{name}", payload, headers=ME)


def ask(sandbox: Sandbox, name: str) -> Answered:
    return get(f"{sandbox.url}/api/v1/{name}", headers=ME)


def send_own(sandbox: Sandbox, rid: str, own_id: str = "delivery-1", text: str = "x") -> Answered:
    return call(sandbox, "chat.sendMessage", {"message": {"rid": rid, "msg": text, "_id": own_id}})


def test_the_version_needs_no_account(sandbox: Sandbox) -> None:
    assert get(sandbox.url + "/api/info").json == {"version": rest.VERSION, "success": True}


@pytest.mark.parametrize("headers", [{}, {**ME, "X-Auth-Token": "wrong"}])
def test_a_call_without_the_right_token_is_a_401(sandbox: Sandbox, headers: dict[str, str]) -> None:
    answered = get(sandbox.url + "/api/v1/me", headers=headers)
    assert (answered.status, answered.error) == (401, "You must be logged in to do this.")


def test_another_accounts_token_does_not_fit(sandbox: Sandbox) -> None:
    assert get(sandbox.url + "/api/v1/me", headers={**ME, "X-Auth-Token": PLAIN.token}).status == 401


@pytest.mark.parametrize(("bot", "roles"), [(True, ["bot"]), (False, ["user"])])
def test_the_accounts_are_known_from_outside(sandbox: Sandbox, bot: bool, roles: list[str]) -> None:
    account = default_account(sandbox.url, bot=bot)
    headers = {"X-User-Id": account.user_id, "X-Auth-Token": account.token}
    assert get(account.base_url + "/api/v1/me", headers=headers).json["roles"] == roles


def test_me_is_the_bot(sandbox: Sandbox) -> None:
    assert ask(sandbox, "me").json["username"] == BOT.username


def test_an_unknown_call_is_a_404(sandbox: Sandbox) -> None:
    assert ask(sandbox, "chat.fly").error == "Resource not found"


@pytest.mark.parametrize(("name", "key"), [("rooms.info", "room"), ("channels.info", "channel")])
def test_a_room_is_found_by_name(sandbox: Sandbox, rid: str, name: str, key: str) -> None:
    assert ask(sandbox, f"{name}?roomName=ops").json[key]["_id"] == rid


def test_a_missing_room_is_named_by_its_code(sandbox: Sandbox) -> None:
    answered = ask(sandbox, "rooms.info?roomName=nowhere")
    assert (answered.status, answered.json["errorType"]) == (400, "error-room-not-found")


def test_a_room_without_access_is_not_shown(sandbox: Sandbox, rid: str) -> None:
    sandbox.room(ROOM, "error-not-allowed")
    assert ask(sandbox, f"rooms.info?roomId={rid}").json["errorType"] == "Not Allowed"


def test_post_message_tells_the_stored_message(sandbox: Sandbox, rid: str) -> None:
    answered = call(sandbox, "chat.postMessage", {"roomId": rid, "text": "x"}).json
    assert answered["success"] is True
    assert answered["message"] == sandbox.messages(ROOM)[0].document


@pytest.mark.parametrize(
    "payload",
    [
        {"text": "x"},
        {"channel": ROOM, "roomId": "r", "text": "x"},
        {"channel": ROOM, "text": "x", "tmid": "t"},
        {"channel": ROOM, "msg": "x"},
        {"channel": ROOM, "text": "x", "icon_emoji": ":x:"},
        {"channel": ROOM, "text": "x", "attachments": "none"},
    ],
)
def test_post_message_is_strict_about_its_keys(sandbox: Sandbox, rid: str, payload: dict[str, Any]) -> None:
    answered = call(sandbox, "chat.postMessage", payload)
    assert (answered.status, answered.json["errorType"]) == (400, "invalid-params")


def test_post_message_may_reply_in_a_thread(sandbox: Sandbox, rid: str) -> None:
    call(sandbox, "chat.postMessage", {"roomId": rid, "text": "x", "tmid": "parent"})
    assert sandbox.messages(ROOM)[0].document["tmid"] == "parent"


def test_an_unknown_room_is_a_code_in_brackets(sandbox: Sandbox) -> None:
    answered = call(sandbox, "chat.postMessage", {"channel": "#nowhere", "text": "x"}).json
    assert (answered["error"], answered["errorType"]) == ("[invalid-channel]", "invalid-channel")


def test_post_message_measures_attachments_too(sandbox: Sandbox, rid: str) -> None:
    payload = {"roomId": rid, "text": "x", "attachments": [{"text": "y" * 5001}]}
    assert call(sandbox, "chat.postMessage", payload).error == "[error-message-size-exceeded]"


def test_send_message_keeps_the_callers_id(sandbox: Sandbox, rid: str) -> None:
    assert send_own(sandbox, rid).json["message"]["_id"] == "delivery-1"


@pytest.mark.parametrize(("era", "status"), [("400", 400), ("200", 200)])
def test_an_id_sent_twice_is_stored_once(sandbox: Sandbox, rid: str, era: str, status: int) -> None:
    sandbox.switch(repeated_id=era)
    send_own(sandbox, rid, text="first")
    again = send_own(sandbox, rid, text="second")
    assert (again.status, "message" in again.json) == (status, False)
    assert [message.text for message in sandbox.messages(ROOM)] == ["first"]


def test_an_id_is_taken_also_when_its_message_is_too_old_to_be_kept() -> None:
    with Sandbox(rate_limit=None, keep=1) as sandbox:
        rid = sandbox.room(ROOM).id
        send_own(sandbox, rid)
        call(sandbox, "chat.postMessage", {"roomId": rid, "text": "newer"})
        assert "message" not in send_own(sandbox, rid).json


def test_of_many_that_come_at_once_with_one_id_one_is_told_that_it_was_stored(sandbox: Sandbox, rid: str) -> None:
    with ThreadPoolExecutor(8) as threads:
        told = list(threads.map(lambda _: send_own(sandbox, rid).json, range(32)))
    assert (sum("message" in one for one in told), len(sandbox.messages(ROOM))) == (1, 1)


def test_a_message_whose_answer_was_lost_can_be_looked_up(sandbox: Sandbox, rid: str) -> None:
    sandbox.rest.fail("reset_after", times=1)
    with pytest.raises(ConnectionResetError):
        send_own(sandbox, rid)
    assert ask(sandbox, "chat.getMessage?msgId=delivery-1").json["message"]["msg"] == "x"


def test_a_message_that_never_was_is_not_found(sandbox: Sandbox) -> None:
    assert ask(sandbox, "chat.getMessage?msgId=none").json == {"success": False}


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"message": {"rid": "r", "msg": ["x"]}},
        {"message": {"rid": "r", "msg": "x"}, "extra": 1},
        {"message": {"rid": "r", "msg": "x", "tshow": True}},
    ],
)
def test_send_message_is_strict(sandbox: Sandbox, payload: dict[str, Any]) -> None:
    assert call(sandbox, "chat.sendMessage", payload).json["errorType"] == "invalid-params"


def test_update_changes_the_text_and_marks_the_edit(sandbox: Sandbox, rid: str) -> None:
    send_own(sandbox, rid)
    call(sandbox, "chat.update", {"roomId": rid, "msgId": "delivery-1", "text": "resolved"})
    (message,) = sandbox.messages(ROOM)
    assert (message.text, message.document["editedBy"]["username"]) == ("resolved", BOT.username)


def test_update_with_the_same_text_is_no_edit(sandbox: Sandbox, rid: str) -> None:
    send_own(sandbox, rid)
    call(sandbox, "chat.update", {"roomId": rid, "msgId": "delivery-1", "text": "x"})
    assert "editedAt" not in sandbox.messages(ROOM)[0].document


@pytest.mark.parametrize(
    ("room", "message_id", "error"),
    [
        ("other", "delivery-1", "The room id provided does not match where the message is from."),
        ("", "none", 'No message found with the id of "none".'),
    ],
)
def test_update_needs_the_right_message(sandbox: Sandbox, rid: str, room: str, message_id: str, error: str) -> None:
    send_own(sandbox, rid)
    assert call(sandbox, "chat.update", {"roomId": room or rid, "msgId": message_id, "text": "y"}).error == error


def test_a_hooks_message_can_be_updated(sandbox: Sandbox, rid: str) -> None:
    told = post(sandbox.hook(ROOM).url, {"text": "x", "separateResponse": True}).json
    payload = {"roomId": rid, "msgId": told["responses"][0]["message"]["_id"], "text": "y"}
    assert call(sandbox, "chat.update", payload).status == 200


def test_a_reaction_comes_and_goes(sandbox: Sandbox, rid: str) -> None:
    send_own(sandbox, rid)
    seen = []
    for wanted in (True, False):
        call(sandbox, "chat.react", {"messageId": "delivery-1", "emoji": ":eyes:", "shouldReact": wanted})
        seen.append(list(sandbox.messages(ROOM)[0].document["reactions"]))
    assert seen == [[":eyes:"], []]


def test_reacting_to_nothing_is_an_error(sandbox: Sandbox) -> None:
    answered = call(sandbox, "chat.react", {"messageId": "none", "emoji": "eyes"})
    assert answered.json["errorType"] == "error-message-not-found"
