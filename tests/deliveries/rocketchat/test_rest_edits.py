"""Editing a message that stands in its room already."""

from __future__ import annotations

from typing import Any

import pytest

from alerthub.sandbox import Sandbox
from deliveries.reasons import Reason
from deliveries.rocketchat import rest
from deliveries.rocketchat.client import Client
from deliveries.rocketchat.outcomes import Ending, Outcome
from deliveries.rocketchat.rest import Account
from tests.deliveries.peers import http
from tests.deliveries.rest_client import OWN, ROOM, account_of, odd_server, send

pytestmark = pytest.mark.anywhere


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
