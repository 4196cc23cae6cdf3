"""Replies in a thread, through the REST API."""

from __future__ import annotations

import pytest

from alerthub.sandbox import Sandbox
from deliveries.reasons import Reason
from deliveries.rocketchat.client import Client
from deliveries.rocketchat.outcomes import Ending
from deliveries.rocketchat.rest import Account
from tests.deliveries.rest_client import ROOM, account_of, send

pytestmark = pytest.mark.anywhere


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
