"""Posting through a server's REST API, the straight way: what is sent, in which time, and with which secrets kept."""

from __future__ import annotations

import json
from typing import Any

import pytest

from alerthub.sandbox import Sandbox
from deliveries.reasons import Reason
from deliveries.rocketchat.client import Client
from deliveries.rocketchat.outcomes import Ending
from deliveries.rocketchat.rest import Account
from tests.deliveries.peers import answering, http, peer
from tests.deliveries.rest_client import OWN, ROOM, account_of, methods, odd_server, send

pytestmark = pytest.mark.anywhere


def sent(sandbox: Sandbox) -> list[dict[str, Any]]:
    return [json.loads(each.body) for each in sandbox.requests(sandbox.rest) if each.method == "POST"]


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


def test_a_try_with_its_look_takes_no_longer_than_the_timeout(client: Client, sandbox: Sandbox, rid: str) -> None:
    sandbox.rest.fail("hang")
    outcome = send(client, account_of(sandbox, timeout=0.4, connect_timeout=0.4), rid)
    assert (outcome.kind, outcome.reason) == (Ending.UNKNOWN, Reason.TIMEOUT)
    assert outcome.duration < 0.8


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
