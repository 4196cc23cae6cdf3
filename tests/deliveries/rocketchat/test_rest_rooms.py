from __future__ import annotations

from typing import Any

import pytest

from alerthub.sandbox import Sandbox
from deliveries.reasons import Reason
from deliveries.rocketchat import rest
from deliveries.rocketchat.client import Client
from deliveries.rocketchat.outcomes import Ending, Outcome
from deliveries.rocketchat.rest import Account
from tests.deliveries.peers import answering, peer
from tests.deliveries.rest_client import account_of

pytestmark = pytest.mark.anywhere


def refused(client: Client, account: Account, room: str) -> Outcome:
    resolved = rest.resolve(client, account, room)
    assert resolved.outcome is not None
    assert resolved.room_id == ""
    return resolved.outcome


@pytest.mark.parametrize("given", ["#ops", " #ops ", "#Ops & Söhne", "@ann"])
def test_a_room_is_found_by_its_name(client: Client, account: Account, sandbox: Sandbox, given: str) -> None:
    room = sandbox.room(given.strip())
    assert rest.resolve(client, account, given) == rest.Resolved(room.id)


def test_a_room_is_found_by_its_id(client: Client, account: Account, sandbox: Sandbox) -> None:
    room = sandbox.room("#ops")
    assert rest.resolve(client, account, room.id) == rest.Resolved(room.id)


def test_a_user_who_never_had_a_direct_room_gets_one(client: Client, account: Account, sandbox: Sandbox) -> None:
    resolved = rest.resolve(client, account, "@alerthub.plain")
    assert resolved.room_id == sandbox.room("@alerthub.plain").id


@pytest.mark.parametrize(
    ("room", "words"),
    [
        ("#nowhere", "Rocket.Chat knows no room #nowhere: check the name there."),
        ("nowhere", "Rocket.Chat knows no room nowhere: check the name there. Write # before the name of a room, @ before a "
         "user's; else it is an id."),
        ("@nobody", "Rocket.Chat knows no active user @nobody: check the name there."),
    ],
)  # fmt: skip
def test_a_room_that_is_not_there_is_named(client: Client, account: Account, room: str, words: str) -> None:
    outcome = refused(client, account, room)
    assert (outcome.kind, outcome.reason, outcome.error) == (Ending.REFUSED, Reason.BAD_ROOM, words)


@pytest.mark.parametrize("era", ["refused", "shown"])
def test_an_archived_room_is_refused(client: Client, account: Account, sandbox: Sandbox, era: str) -> None:
    sandbox.switch(archived_info=era)
    sandbox.room("#ops", archived=True)
    outcome = refused(client, account, "#ops")
    assert (outcome.reason, outcome.error.startswith("#ops is archived:")) == (Reason.BAD_ROOM, True)


def test_a_room_the_bot_may_not_see_asks_for_an_invitation(client: Client, account: Account, sandbox: Sandbox) -> None:
    sandbox.room("#ops", "error-not-allowed")
    outcome = refused(client, account, "#ops")
    assert (outcome.reason, outcome.error) == (Reason.BAD_ROOM, "The bot may not see #ops: invite it to the room.")


@pytest.mark.parametrize("facts", [{"read_only": True}, {"encrypted": True}])
def test_a_room_that_may_take_it_after_all_is_left_to_a_try(
    client: Client, account: Account, sandbox: Sandbox, facts: dict[str, Any]
) -> None:
    room = sandbox.room("#ops", **facts)
    assert rest.resolve(client, account, "#ops").room_id == room.id


def test_a_wrong_token_is_not_the_rooms_fault(client: Client, sandbox: Sandbox) -> None:
    assert refused(client, account_of(sandbox, token="wrong-token"), "#ops").reason is Reason.UNAUTHORIZED


@pytest.mark.parametrize("room", ["#ops", "@alerthub.plain"])
@pytest.mark.parametrize("fault", ["hang", "reset_after", "html", "truncated"])
def test_trouble_while_finding_a_room_sends_nothing(client: Client, sandbox: Sandbox, room: str, fault: str) -> None:
    sandbox.room("#ops")
    sandbox.rest.fail(fault)
    outcome = refused(client, account_of(sandbox, timeout=0.4, connect_timeout=0.4), room)
    assert (outcome.kind, "may or may not" in outcome.error) == (Ending.NOT_SENT, False)


def told(client: Client, status: str, said: bytes, room: str) -> Outcome:
    """What comes of a server that says this of every room."""
    with peer(answering(b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status.encode(), len(said), said))) as server:
        return refused(client, Account(f"http://127.0.0.1:{server.port}", "user", "token-of-the-bot"), room)


@pytest.mark.parametrize(
    ("status", "error"), [("400 Bad Request", b"error-not-allowed"), ("403 Forbidden", b"unauthorized")]
)
def test_a_direct_room_the_bot_may_not_open_names_the_permission(client: Client, status: str, error: bytes) -> None:
    outcome = told(client, status, b'{"success":false,"error":"%s"}' % error, "@ann")
    words = "The bot may not open a direct room with @ann: it needs the permission create-d."
    assert (outcome.kind, outcome.reason, outcome.error) == (Ending.REFUSED, Reason.BAD_ROOM, words)


@pytest.mark.parametrize("room", ["#ops", "@ann"])
def test_a_refusal_nobody_knows_is_told_in_rocketchats_words(client: Client, room: str) -> None:
    outcome = told(client, "400 Bad Request", b'{"success":false,"error":"error-of-tomorrow"}', room)
    assert (outcome.reason is Reason.BAD_ROOM, "error-of-tomorrow" in outcome.error) == (False, True)


@pytest.mark.parametrize("room_id", ['"a b"', '""', "5", "null", f'"{"x" * 101}"', '"\\n"'])
def test_an_id_that_cannot_be_one_is_not_kept(client: Client, room_id: str) -> None:
    outcome = told(client, "200 OK", b'{"success":true,"room":{"_id":%s}}' % room_id.encode(), "#ops")
    assert (outcome.kind, outcome.reason) == (Ending.NOT_SENT, Reason.NOT_ROCKETCHAT)
