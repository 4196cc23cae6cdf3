"""A repeat through the REST API shows nothing twice, and a lost answer is made good by a look."""

from __future__ import annotations

import pytest

from alerthub.sandbox import Sandbox
from deliveries.reasons import Reason
from deliveries.rocketchat.client import Client
from deliveries.rocketchat.outcomes import Ending
from deliveries.rocketchat.rest import Account
from tests.deliveries.peers import http
from tests.deliveries.rest_client import MISSING, OWN, ROOM, methods, odd_server, send

pytestmark = pytest.mark.anywhere


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
