"""Threads, edits by age, and the rate limit of the REST API."""

from __future__ import annotations

from typing import Any

import pytest

from alerthub.sandbox import PLAIN, Sandbox, rest
from tests.alerthub.chat import Answered, get, post

pytestmark = pytest.mark.anywhere
ROOM = "#ops"
ME = {"X-User-Id": rest.USER_ID, "X-Auth-Token": rest.TOKEN}
PLAIN_ONE = {"X-User-Id": PLAIN.id, "X-Auth-Token": PLAIN.token}


class Clock:
    now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def rid(sandbox: Sandbox) -> str:
    return sandbox.room(ROOM).id


def send(sandbox: Sandbox, rid: str, headers: dict[str, str] = ME, **fields: Any) -> Answered:
    payload = {"message": {"rid": rid, "msg": "x", **fields}}
    return post(f"{sandbox.url}/api/v1/chat.sendMessage", payload, headers=headers)


def update(sandbox: Sandbox, rid: str, headers: dict[str, str] = ME) -> Answered:
    payload = {"roomId": rid, "msgId": "parent", "text": "y"}
    return post(f"{sandbox.url}/api/v1/chat.update", payload, headers=headers)


def test_a_reply_is_kept_with_its_parent(sandbox: Sandbox, rid: str) -> None:
    send(sandbox, rid, _id="parent")
    reply = send(sandbox, rid, tmid="parent", tshow=True).json["message"]
    assert (reply["tmid"], reply["tshow"]) == ("parent", True)


def test_a_reply_to_a_reply_goes_to_the_root(sandbox: Sandbox, rid: str) -> None:
    send(sandbox, rid, _id="parent")
    send(sandbox, rid, _id="reply", tmid="parent")
    assert send(sandbox, rid, tmid="reply").json["message"]["tmid"] == "parent"


def test_a_reply_goes_to_the_room_of_its_parent(sandbox: Sandbox, rid: str) -> None:
    send(sandbox, rid, _id="parent")
    assert send(sandbox, sandbox.room("#other").id, tmid="parent").json["message"]["rid"] == rid


@pytest.mark.parametrize(("era", "status"), [("stored", 200), ("refused", 400)])
def test_a_reply_to_nothing_is_stored_or_refused_by_the_release(
    sandbox: Sandbox, rid: str, era: str, status: int
) -> None:
    sandbox.switch(unknown_parent=era)
    assert send(sandbox, rid, tmid="none").status == status


def test_threads_switched_off_refuse_every_reply(sandbox: Sandbox, rid: str) -> None:
    sandbox.switch(threads=False)
    answered = send(sandbox, rid, tmid="parent")
    assert (answered.error, answered.json["errorType"]) == ("not-allowed [error-not-allowed]", "error-not-allowed")


def test_shown_in_the_room_needs_a_thread(sandbox: Sandbox, rid: str) -> None:
    assert send(sandbox, rid, tshow=True).json["errorType"] == "invalid-params"


@pytest.mark.parametrize("fields", [{"msg": ["x"]}, {"tmid": {}}, {"tshow": "yes"}, {"_id": []}])
def test_a_message_is_strict_about_what_its_keys_hold(sandbox: Sandbox, rid: str, fields: dict[str, Any]) -> None:
    assert send(sandbox, rid, **fields).json["errorType"] == "invalid-params"


def test_a_webhooks_thread_is_kept_unchecked(sandbox: Sandbox) -> None:
    post(sandbox.hook(ROOM).url, {"text": "x", "tmid": "none"})
    assert sandbox.messages(ROOM)[0].as_dict()["message"]["tmid"] == "none"


def test_an_id_is_stored_once_even_if_two_come_at_once(sandbox: Sandbox) -> None:
    room = sandbox.room(ROOM)
    document = {"_id": "same", "msg": "x", "attachments": []}
    sandbox.state.store([(room, document), (room, document)], b"", "rest")
    assert len(sandbox.messages(ROOM)) == 1


def test_an_edit_may_be_blocked(sandbox: Sandbox, rid: str) -> None:
    send(sandbox, rid, _id="parent")
    sandbox.switch(edit_blocked=True)
    assert update(sandbox, rid).json["errorType"] == "error-message-editing-blocked"


def test_an_edit_of_another_accounts_message_is_refused(sandbox: Sandbox, rid: str) -> None:
    send(sandbox, rid, _id="parent")
    assert update(sandbox, rid, PLAIN_ONE).json["errorType"] == "error-action-not-allowed"


@pytest.mark.parametrize(("who", "minutes", "status"), [(PLAIN_ONE, 4, 200), (PLAIN_ONE, 6, 400), (ME, 6, 200)])
def test_the_age_limit_of_edits_holds_for_all_but_bots(who: dict[str, str], minutes: int, status: int) -> None:
    clock = Clock()
    with Sandbox(rate_limit=None, clock=clock) as sandbox:
        sandbox.switch(edit_minutes=5)
        rid = sandbox.room(ROOM).id
        send(sandbox, rid, who, _id="parent")
        clock.now += minutes * 60
        assert update(sandbox, rid, who).status == status


def statuses(sandbox: Sandbox, headers: dict[str, str], calls: int = 3) -> list[int]:
    return [get(f"{sandbox.url}/api/v1/me", headers=headers).status for _ in range(calls)]


def test_the_rate_limit_holds_for_an_account_that_is_no_bot() -> None:
    with Sandbox(rate_limit=(2, 60)) as sandbox:
        assert statuses(sandbox, PLAIN_ONE) == [200, 200, 429]


def test_a_bot_has_no_rate_limit_unless_it_is_switched_on() -> None:
    with Sandbox(rate_limit=(2, 60)) as sandbox:
        assert statuses(sandbox, ME) == [200, 200, 200]
        sandbox.switch(bot_bypass=False)
        assert statuses(sandbox, ME) == [200, 200, 429]


def test_each_call_has_a_limit_of_its_own() -> None:
    with Sandbox(rate_limit=(1, 60)) as sandbox:
        sandbox.room(ROOM)
        statuses(sandbox, PLAIN_ONE)
        assert get(f"{sandbox.url}/api/v1/rooms.info?roomName=ops", headers=PLAIN_ONE).status == 200


def test_the_limit_is_told_with_every_answer() -> None:
    with Sandbox(rate_limit=(2, 60)) as sandbox:
        headers = get(f"{sandbox.url}/api/v1/me", headers=PLAIN_ONE).headers
    assert (headers["x-ratelimit-limit"], headers["x-ratelimit-remaining"]) == ("2", "1")
