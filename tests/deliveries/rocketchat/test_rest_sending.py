from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from alerthub.sandbox import Sandbox
from deliveries.reasons import Reason
from deliveries.rocketchat import rest
from deliveries.rocketchat.client import Client
from deliveries.rocketchat.outcomes import Ending, Outcome
from deliveries.rocketchat.rest import Account
from tests.deliveries.peers import Talk, answering, peer
from tests.deliveries.rest_client import account_of, new_client

pytestmark = pytest.mark.anywhere

ROOM = "#ops"
OWN = "ownOwnOwnOwnOwn01"
BODY = {"text": "disk full", "parseUrls": False}


MISSING = b'HTTP/1.1 400 Bad Request\r\nContent-Length: 17\r\n\r\n{"success":false}'


@pytest.fixture
def client() -> Iterator[Client]:
    made = new_client()
    yield made
    made.close()


@pytest.fixture
def rid(sandbox: Sandbox) -> str:
    return sandbox.room(ROOM).id


@pytest.fixture
def account(sandbox: Sandbox) -> Account:
    return account_of(sandbox)


def send(client: Client, account: Account, rid: str, body: dict[str, Any] | None = None, **more: Any) -> Outcome:
    return rest.send(client, account, rid, BODY if body is None else body, **({"message_id": OWN} | more))


def sent(sandbox: Sandbox) -> list[dict[str, Any]]:
    return [json.loads(each.body) for each in sandbox.requests(sandbox.rest) if each.method == "POST"]


def methods(sandbox: Sandbox) -> list[str]:
    return [each.method for each in sandbox.requests(sandbox.rest)]


# The straight way.


def test_a_message_is_posted_under_its_own_id(client: Client, account: Account, sandbox: Sandbox, rid: str) -> None:
    outcome = send(client, account, rid)
    assert (outcome.kind, outcome.reason, outcome.message_id) == (Ending.DELIVERED, None, OWN)
    assert [(each.id, each.text) for each in sandbox.messages(ROOM)] == [(OWN, "disk full")]


def test_a_clear_success_takes_one_call(client: Client, account: Account, sandbox: Sandbox, rid: str) -> None:
    send(client, account, rid)
    assert methods(sandbox) == ["POST"]


def test_a_webhooks_body_is_translated(client: Client, account: Account, sandbox: Sandbox, rid: str) -> None:
    looks = {"alias": "Alerts", "icon_url": "https://chat.example/a.png", "channel": "#elsewhere", "groupable": True}
    card = {"title": "Disk", "color": "#f00"}
    send(client, account, rid, {"text": "x", "attachments": [card], "parseUrls": False} | looks)
    message = {"_id": OWN, "rid": rid, "msg": "x", "attachments": [card], "alias": "Alerts"}
    assert sent(sandbox) == [{"message": message | {"avatar": "https://chat.example/a.png"}, "previewUrls": []}]


def test_an_emoji_is_translated(client: Client, account: Account, sandbox: Sandbox, rid: str) -> None:
    send(client, account, rid, {"text": "x", "icon_emoji": ":bell:"})
    assert sandbox.messages(ROOM)[0].document["emoji"] == ":bell:"


def test_previews_are_left_to_the_server_unless_they_are_switched_off(
    client: Client, account: Account, sandbox: Sandbox, rid: str
) -> None:
    send(client, account, rid, {"text": "x"})
    assert "previewUrls" not in sent(sandbox)[0]


def test_the_connection_is_kept_for_the_next_message(client: Client) -> None:
    told = b'{"success":true,"message":{"_id":"%s"}}' % OWN.encode()
    with peer(answering(http("200 OK", told))) as rocketchat:
        account = Account(f"http://127.0.0.1:{rocketchat.port}", "user", "token-of-the-bot")
        assert [send(client, account, "r").kind for _ in range(2)] == [Ending.DELIVERED] * 2
    assert rocketchat.connections == 1


# A repeat shows nothing twice.


@pytest.mark.parametrize("era", ["400", "200"])
def test_a_message_sent_twice_is_there_once_and_delivered_both_times(
    client: Client, account: Account, sandbox: Sandbox, rid: str, era: str
) -> None:
    sandbox.switch(repeated_id=era)
    outcomes = [send(client, account, rid, unclear=unclear) for unclear in (False, True)]
    assert [(each.kind, each.message_id) for each in outcomes] == [(Ending.DELIVERED, OWN)] * 2
    assert len(sandbox.messages(ROOM)) == 1


@pytest.mark.parametrize("era", ["400", "200"])
def test_a_first_try_does_not_take_another_message_of_its_id_for_itself(
    client: Client, account: Account, sandbox: Sandbox, rid: str, era: str
) -> None:
    sandbox.switch(repeated_id=era)
    send(client, account, rid)
    outcome = send(client, account, rid, {"text": "disk still full"})
    assert (outcome.kind, outcome.reason, outcome.message_id) == (Ending.REFUSED, Reason.ID_TAKEN, "")
    assert [each.text for each in sandbox.messages(ROOM)] == ["disk full"]


def test_a_first_try_whose_answer_is_lost_is_no_exception(
    client: Client, account: Account, sandbox: Sandbox, rid: str
) -> None:
    send(client, account, rid)
    sandbox.rest.fail("reset_before", times=1)
    assert send(client, account, rid, {"text": "disk still full"}).reason is Reason.ID_TAKEN


def test_a_lost_answer_is_made_good_by_the_next_try(
    client: Client, account: Account, sandbox: Sandbox, rid: str
) -> None:
    sandbox.rest.fail("reset_after", times=1)
    sandbox.rest.fail("reset_before", times=1)  # the look after it fails too
    first, second = send(client, account, rid), send(client, account, rid, unclear=True)
    assert (first.kind, first.reason, second.kind) == (Ending.UNKNOWN, Reason.RESET, Ending.DELIVERED)
    assert len(sandbox.messages(ROOM)) == 1


@pytest.mark.parametrize("fault", ["reset_after", "truncated", "empty"])
def test_a_lost_answer_is_made_good_by_a_look(
    client: Client, account: Account, sandbox: Sandbox, rid: str, fault: str
) -> None:
    sandbox.rest.fail(fault, times=1)
    outcome = send(client, account, rid)
    assert (outcome.kind, outcome.reason, outcome.message_id) == (Ending.DELIVERED, None, OWN)
    assert "the message is there" in outcome.error


@pytest.mark.parametrize(("status", "reason"), [(502, Reason.GATEWAY), (500, Reason.SERVER_ERROR)])
def test_a_message_that_is_not_there_yet_stays_unknown(
    client: Client, account: Account, sandbox: Sandbox, rid: str, status: int, reason: Reason
) -> None:
    sandbox.rest.fail("status", status=status, times=1)
    outcome = send(client, account, rid)
    assert (outcome.kind, outcome.reason, methods(sandbox)) == (Ending.UNKNOWN, reason, ["POST", "GET"])


def test_a_refusal_after_an_unclear_try_is_not_the_last_word(
    client: Client, account: Account, sandbox: Sandbox, rid: str
) -> None:
    send(client, account, rid)
    sandbox.room(ROOM, archived=True)
    assert send(client, account, rid, unclear=True).kind is Ending.DELIVERED


def test_a_refusal_after_an_unclear_try_stands_if_the_message_is_not_there(
    client: Client, account: Account, sandbox: Sandbox, rid: str
) -> None:
    sandbox.room(ROOM, archived=True)
    outcome = send(client, account, rid, unclear=True)
    assert (outcome.kind, outcome.reason) == (Ending.REFUSED, Reason.BAD_ROOM)


def test_a_clear_refusal_takes_one_call(client: Client, account: Account, sandbox: Sandbox, rid: str) -> None:
    sandbox.room(ROOM, archived=True)
    send(client, account, rid)
    assert methods(sandbox) == ["POST"]


def test_a_yes_without_a_message_that_is_there_is_a_no(client: Client) -> None:
    with odd_server(http("200 OK", b'{"success":true}'), MISSING) as account:
        outcome = send(client, account, "r")
    assert (outcome.kind, outcome.reason) == (Ending.REFUSED, Reason.SUCCESS_FALSE)
    assert "look whether an app of the server holds it back" in outcome.error


def test_a_yes_with_another_message_is_not_believed(client: Client) -> None:
    with odd_server(http("200 OK", b'{"success":true,"message":{"_id":"another"}}'), MISSING) as account:
        outcome = send(client, account, "r")
    assert (outcome.kind, outcome.reason, outcome.message_id) == (Ending.UNKNOWN, Reason.NOT_ROCKETCHAT, "")


def http(status: str, told: bytes) -> bytes:
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status.encode(), len(told), told)


@contextmanager
def odd_server(
    to_post: bytes, to_get: bytes, *, user_id: str = "some-user", token: str = "token-of-the-bot"
) -> Iterator[Account]:
    """An account on a server that answers every POST with the one and every GET with the other."""

    def script(talk: Talk) -> None:
        while heard := talk.hear():
            talk.say(to_post if heard.startswith(b"POST") else to_get)

    with peer(script) as server:
        yield Account(f"http://127.0.0.1:{server.port}", user_id, token)


# All of it within one time limit.


def test_a_try_with_its_look_takes_no_longer_than_the_timeout(client: Client, sandbox: Sandbox, rid: str) -> None:
    sandbox.rest.fail("hang")
    outcome = send(client, account_of(sandbox, timeout=0.4, connect_timeout=0.4), rid)
    assert (outcome.kind, outcome.reason) == (Ending.UNKNOWN, Reason.TIMEOUT)
    assert outcome.duration < 0.8


# What a refusal means.


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"archived": True}, Reason.BAD_ROOM),
        ({"read_only": True}, Reason.BAD_ROOM),
        ({"encrypted": True}, Reason.BAD_ROOM),
        ({"muted": ["alerthub.bot"]}, Reason.BAD_ROOM),
        ({"refusal": "error-not-allowed"}, Reason.BAD_ROOM),
        ({"refusal": "not-allowed"}, Reason.FORBIDDEN),
        ({"refusal": "error-unauthorized"}, Reason.FORBIDDEN),
        ({"refusal": "Not enough permission"}, Reason.FORBIDDEN),
        ({"refusal": "error-action-not-allowed"}, Reason.MENTION),
        ({"refusal": "a new kind of no"}, Reason.SUCCESS_FALSE),
    ],
)
def test_a_rooms_refusal_is_understood(
    client: Client, account: Account, sandbox: Sandbox, rid: str, facts: dict[str, Any], reason: Reason
) -> None:
    sandbox.room(ROOM, **facts)
    outcome = send(client, account, rid)
    assert (outcome.kind, outcome.reason) == (Ending.REFUSED, reason)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"text": "x" * 5001}, Reason.TOO_LARGE),
        ({"text": "x", "attachments": [{"title": "t", "title_link": "no-url"}]}, Reason.BAD_MESSAGE),
        ({"text": "x", "attachments": [{"fields": [{"title": "", "value": "v"}]}]}, Reason.BAD_MESSAGE),
        ({"text": {}}, Reason.BAD_MESSAGE),
        ({"text": "@all look"}, Reason.MENTION),
    ],
)
def test_a_refused_message_is_understood(
    client: Client, account: Account, rid: str, body: dict[str, Any], reason: Reason
) -> None:
    assert send(client, account, rid, body).reason is reason


def test_a_room_that_is_not_there_is_named(client: Client, account: Account) -> None:
    assert send(client, account, "nowhere").reason is Reason.BAD_ROOM


def test_a_wrong_token_is_not_authorized(client: Client, sandbox: Sandbox, rid: str) -> None:
    outcome = send(client, account_of(sandbox, token="wrong-token"), rid)
    assert (outcome.kind, outcome.reason, outcome.status) == (Ending.REFUSED, Reason.UNAUTHORIZED, 401)


def test_an_alias_without_the_role_bot_is_forbidden(client: Client, sandbox: Sandbox, rid: str) -> None:
    outcome = send(client, account_of(sandbox, bot=False), rid, {"text": "x", "alias": "Alerts"})
    assert outcome.reason is Reason.FORBIDDEN


def test_a_rate_limit_tells_how_long_to_wait(client: Client) -> None:
    with Sandbox(rate_limit=(1, 60), clock=lambda: 1_700_000_000.0) as sandbox:
        account, rid = account_of(sandbox, bot=False), sandbox.room(ROOM).id
        send(client, account, rid)
        outcome = send(client, account, rid, message_id="other")
    assert (outcome.reason, outcome.rate_limit_remaining) == (Reason.RATE_LIMITED, 0)
    assert outcome.retry_after is not None


@pytest.mark.parametrize(
    ("fault", "options", "reason"),
    [
        ("disabled", {}, Reason.SERVER_ERROR),
        ("redirect", {}, Reason.REDIRECT),
        ("html", {}, Reason.NOT_ROCKETCHAT),
        ("status", {"status": 403, "error": "error-not-allowed"}, Reason.FORBIDDEN),
        ("status", {"status": 404, "error": "Resource not found"}, Reason.NOT_FOUND),
        ("status", {"status": 413}, Reason.TOO_LARGE),
        ("success_false", {"error": "[error-invalid-room]"}, Reason.BAD_ROOM),
    ],
)
def test_other_answers_mean_what_they_mean_for_a_webhook(
    client: Client, account: Account, sandbox: Sandbox, rid: str, fault: str, options: dict[str, Any], reason: Reason
) -> None:
    sandbox.rest.fail(fault, **options)
    assert send(client, account, rid).reason is reason


# Threads.


@pytest.fixture
def parent(client: Client, account: Account, rid: str) -> str:
    return send(client, account, rid, message_id="parent").message_id


@pytest.mark.parametrize("in_room", [False, True])
def test_a_reply_goes_into_the_thread_and_into_the_room_if_asked(
    client: Client, account: Account, sandbox: Sandbox, rid: str, parent: str, in_room: bool
) -> None:
    assert send(client, account, rid, tmid=parent, in_room=in_room).kind is Ending.DELIVERED
    reply = sandbox.messages(ROOM)[1].document
    assert (reply["tmid"], reply.get("tshow", False)) == (parent, in_room)


def test_shown_in_the_room_means_nothing_without_a_thread(
    client: Client, account: Account, sandbox: Sandbox, rid: str
) -> None:
    send(client, account, rid, in_room=True)
    assert "tshow" not in sandbox.messages(ROOM)[0].document


def test_a_reply_to_a_deleted_message_is_refused_as_nobody_would_see_it(
    client: Client, account: Account, sandbox: Sandbox, rid: str, parent: str
) -> None:
    sandbox.delete(parent)
    outcome = send(client, account, rid, tmid=parent)
    assert (outcome.kind, outcome.reason) == (Ending.REFUSED, Reason.CANNOT_UPDATE)
    assert sandbox.messages(ROOM) == []


def test_a_reply_to_a_message_of_another_room_is_refused(
    client: Client, account: Account, sandbox: Sandbox, parent: str
) -> None:
    outcome = send(client, account, sandbox.room("#other").id, tmid=parent)
    assert (outcome.reason, len(sandbox.messages())) == (Reason.CANNOT_UPDATE, 1)


def test_threads_switched_off_refuse_the_reply(
    client: Client, account: Account, sandbox: Sandbox, rid: str, parent: str
) -> None:
    sandbox.switch(threads=False)
    assert send(client, account, rid, tmid=parent).reason is Reason.CANNOT_UPDATE


def test_an_encrypted_room_is_not_the_threads_fault(
    client: Client, account: Account, sandbox: Sandbox, rid: str, parent: str
) -> None:
    sandbox.room(ROOM, encrypted=True)
    assert send(client, account, rid, tmid=parent).reason is Reason.BAD_ROOM


def test_the_limit_of_the_look_for_the_parent_stops_no_reply(
    client: Client, account: Account, sandbox: Sandbox, rid: str, parent: str
) -> None:
    sandbox.rest.fail("rate_limited", seconds=30, times=1)
    assert send(client, account, rid, tmid=parent).kind is Ending.DELIVERED


@pytest.mark.parametrize(("fault", "reason"), [("hang", Reason.TIMEOUT), ("reset_before", Reason.RESET)])
def test_trouble_before_the_reply_sends_nothing(
    client: Client, sandbox: Sandbox, rid: str, parent: str, fault: str, reason: Reason
) -> None:
    sandbox.rest.fail(fault)
    outcome = send(client, account_of(sandbox, timeout=0.4, connect_timeout=0.4), rid, tmid=parent)
    assert (outcome.kind, outcome.reason, "may or may not" in outcome.error) == (Ending.NOT_SENT, reason, False)


# Edits.


def edit(client: Client, account: Account, rid: str, text: str = "resolved", message_id: str = OWN) -> Outcome:
    return rest.edit(client, account, rid, message_id, text)


def test_an_edit_changes_the_text_and_keeps_the_card(
    client: Client, account: Account, sandbox: Sandbox, rid: str
) -> None:
    send(client, account, rid, {"text": "firing", "attachments": [{"title": "Disk"}]})
    outcome = edit(client, account, rid)
    assert (outcome.kind, outcome.message_id) == (Ending.DELIVERED, OWN)
    (message,) = sandbox.messages(ROOM)
    assert (message.text, message.attachments) == ("resolved", [{"title": "Disk"}])


@pytest.mark.parametrize("eras", [{"edit_blocked": True}, {}])
def test_an_edit_refused_or_of_a_message_that_is_gone_cannot_be_done(
    client: Client, account: Account, sandbox: Sandbox, rid: str, eras: dict[str, Any]
) -> None:
    send(client, account, rid)
    sandbox.switch(**eras)
    if not eras:
        sandbox.delete(OWN)
    outcome = edit(client, account, rid)
    assert (outcome.kind, outcome.reason) == (Ending.REFUSED, Reason.CANNOT_UPDATE)


def test_an_edit_of_a_message_that_only_says_it_was_deleted_cannot_be_done(client: Client) -> None:
    told = http("200 OK", b'{"success":true,"message":{"_id":"%s","t":"rm","msg":""}}' % OWN.encode())
    with odd_server(told, told) as account:
        outcome = edit(client, account, "r")
    assert (outcome.kind, outcome.reason) == (Ending.REFUSED, Reason.CANNOT_UPDATE)
    assert outcome.error == "The message was deleted in the room, so nobody would see it edited."


def test_an_edit_of_somebody_elses_message_cannot_be_done(client: Client, sandbox: Sandbox, rid: str) -> None:
    send(client, account_of(sandbox, bot=False), rid)
    assert edit(client, account_of(sandbox), rid).reason is Reason.CANNOT_UPDATE


def test_an_edit_in_another_room_cannot_be_done(client: Client, account: Account, sandbox: Sandbox, rid: str) -> None:
    send(client, account, rid)
    assert edit(client, account, sandbox.room("#other").id).reason is Reason.CANNOT_UPDATE


def test_a_wrong_token_is_not_the_edits_fault(client: Client, account: Account, sandbox: Sandbox, rid: str) -> None:
    send(client, account, rid)
    assert edit(client, account_of(sandbox, token="wrong-token"), rid).reason is Reason.UNAUTHORIZED


def test_an_edit_without_an_answer_says_what_is_unknown(
    client: Client, account: Account, sandbox: Sandbox, rid: str
) -> None:
    send(client, account, rid)
    sandbox.rest.fail("reset_before", times=1)
    assert edit(client, account, rid).error.endswith("The message may or may not be changed.")


# Secrets.


@pytest.mark.parametrize("kind", ["status", "success_false", "html"])
def test_neither_token_nor_user_id_is_kept_however_they_are_repeated(client: Client, kind: str) -> None:
    secrets = '{"success":false,"error":"no: TOKEN-of-the-bot-1234 token-OF-the-bot-1234 sandboxUserId00"}'
    status = {"status": "400 Bad Request", "success_false": "200 OK", "html": "500 Oops"}[kind]
    told = http(status, secrets.encode())
    with odd_server(told, told, user_id="sandboxUserId00", token="token-of-the-bot-1234") as account:
        outcome = send(client, account, "r")
    shown = (outcome.answer + outcome.error).lower()
    assert ("token-of-the-bot-1234" in shown, "sandboxuserid00" in shown) == (False, False)


def test_an_account_does_not_show_its_secrets(account: Account) -> None:
    assert (account.token in repr(account), account.user_id in repr(account)) == (False, False)
