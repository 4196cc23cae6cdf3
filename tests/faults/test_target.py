"""Rows 1 to 19 of the fault catalogue: what Rocket.Chat, or something in its place, can answer.

What a row asks for beyond today is listed in README.md beside this file.
"""

from __future__ import annotations

import json
from email.utils import format_datetime

import pytest

from alerthub.sandbox import Sandbox
from deliveries.models import Attempt
from tests.deliveries.peers import OK, Talk, answering, answering_once, peer
from tests.factories import alert
from tests.faults.road import Road, heard, http, in_turn, refusal

pytestmark = pytest.mark.django_db
PROBE = 2 * 60  # the first after the minute that made a target broken
SECRET = "tokenTOKENtokenTOKENa1b2"


def test_row_01_success_is_delivered(road: Road, sandbox: Sandbox) -> None:
    delivery = road.send(sandbox.hook("#ops").url)
    attempt = Attempt.objects.get()
    assert (delivery.state, attempt.status_code, attempt.duration_ms is not None) == ("delivered", 200, True)
    assert len(sandbox.messages("#ops")) == 1


@pytest.mark.parametrize(
    ("error", "reason", "state"),
    [
        ("invalid-channel", "bad_room", "held"),
        ("too many requests, please wait 9 seconds", "rate_limited", "waiting"),
        ("Match error: Expected string", "bad_message", "held"),
        ("heaven knows", "success_false", "held"),
    ],
)
def test_row_02_success_false_is_a_refusal(road: Road, sandbox: Sandbox, error: str, reason: str, state: str) -> None:
    hook = sandbox.hook("#ops")
    hook.fail("success_false", error=error)
    road.send(hook.url)
    assert road.fate() == ("refused", reason, "waiting")
    assert road.go_on() == (state, reason if state == "held" else "")
    assert sandbox.messages("#ops") == []


@pytest.mark.parametrize("error", ["Match error: Expected string", "heaven knows"])
def test_row_02_a_message_is_blamed_when_its_room_takes_another_one(road: Road, error: str) -> None:
    """Nothing else waits for the room, so it is AlertHub's own line."""

    def picky(talk: Talk) -> None:
        while heard := talk.hear():
            talk.say(refusal("400 Bad Request", error) if b"DiskFull" in heard else OK)

    with peer(picky) as chat:
        road.send(chat.url())
        road.owe(alert("Other"), after=4)
        road.drain(after=5)
    assert (road.fate()[2], error in road.delivery().explanation) == ("rejected", True)
    asked = f"{road.delivery()} for this room"
    assert [asked in heard(chat, position) for position in range(6)] == [False] * 2 + [True] + [False] * 3
    assert "Other" in heard(chat, 5)


@pytest.mark.parametrize("body", [b"<html>Sign in</html>", b"", b"\xff\xfe\x00", b"[]", b'{"status":"ok"}'])
def test_row_03_a_200_that_is_not_rocketchats_is_unknown(road: Road, body: bytes) -> None:
    with peer(answering(http("200 OK", body))) as login_page:
        road.send(login_page.url())
    assert road.fate() == ("unknown", "not_rocketchat", "waiting")
    assert road.lane().failures == 1


def test_row_04_a_success_cut_short_is_unknown(road: Road) -> None:
    with peer(answering_once(OK[:-1])) as chat:
        road.send(chat.url())
    assert road.fate() == ("unknown", "truncated", "waiting")


def test_row_05_a_refusal_by_one_of_several_rooms_is_told_with_the_room(road: Road) -> None:
    responses = [{"channel": "#a", "error": "room_is_blocked"}, {"channel": "#b", "message": {"_id": "x"}}]
    with peer(answering(http("200 OK", json.dumps({"success": True, "responses": responses}).encode()))) as chat:
        delivery = road.send(chat.url())
        road.drain(after=3600)
    assert road.fate() == ("refused", "partial", "rejected")
    assert "#a: room_is_blocked" in delivery.explanation
    assert len(chat.requests) == 1


@pytest.mark.parametrize("status", ["201 Created", "202 Accepted", "204 No Content"])
def test_row_06_another_2xx_is_unknown(road: Road, status: str) -> None:
    with peer(answering_once(http(status))) as chat:
        road.send(chat.url())
    assert road.fate() == ("unknown", "not_rocketchat", "waiting")


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
def test_row_07_a_redirect_is_not_followed_and_its_host_is_told(road: Road, status: str) -> None:
    with peer(answering()) as elsewhere:
        moved = http(status, b"", f"Location: {elsewhere.url()}")
        with peer(answering(moved)) as chat:
            delivery = road.send(chat.url())
            assert (*road.fate(), *road.go_on()) == ("refused", "redirect", "waiting", "held", "redirect")
    assert elsewhere.connections == 0
    assert f"127.0.0.1:{elsewhere.port}" in delivery.explanation
    assert SECRET not in delivery.explanation


@pytest.mark.parametrize(
    "error",
    ["invalid-channel", "error-room-not-found", "Overriding destination channel is disabled for this integration"],
)
def test_row_08_a_room_that_does_not_take_it_holds_the_conversation_until_it_does(road: Road, error: str) -> None:
    with peer(in_turn(refusal("400 Bad Request", error), OK)) as chat:
        road.send(chat.url())
        assert road.fate() == ("refused", "bad_room", "waiting")
        road.owe(alert("Other"), alert(), after=1)
        assert road.drain(after=2) == 0
        road.drain(after=5)
    assert ["DiskFull" in heard(chat, position) for position in range(3)] == [True, True, True]
    assert ["Other" in heard(chat, position) for position in range(3)] == [False, False, True]


@pytest.mark.parametrize("error", ["Invalid href value provided", "Invalid attachment field"])
def test_row_09_a_refused_attachment_is_sent_again_at_once_as_plain_text(road: Road, error: str) -> None:
    with peer(in_turn(refusal("400 Bad Request", error), OK)) as chat:
        delivery = road.send(chat.url())
    assert road.fate() == ("refused", "bad_message", "delivered")
    assert (delivery.plain, b"attachments" in chat.requests[1]) == (True, False)


def test_row_10_a_refused_mention_is_sent_again_at_once_without_what_could_be_one(road: Road) -> None:
    with peer(in_turn(refusal("400 Bad Request", "error-action-not-allowed"), OK)) as chat:
        road.to(chat.url())
        road.owe(alert() | {"annotations": {"summary": "@all look"}})
        road.drain()
    assert road.fate() == ("refused", "mention", "delivered")
    assert not any("@all" in heard(chat, position) for position in range(2))


@pytest.mark.parametrize(("status", "reason"), [("401 Unauthorized", "unauthorized"), ("403 Forbidden", "forbidden")])
def test_row_11_without_permission_it_is_held_and_tried_every_quarter_of_an_hour(
    road: Road, status: str, reason: str
) -> None:
    with peer(answering(http(status, b"{}"))) as chat:
        road.send(chat.url())
        assert (*road.fate(), *road.go_on()) == ("refused", reason, "waiting", "held", reason)
        assert [road.drain(after=minutes * 60) for minutes in (2, 5, 19, 20, 34, 35)] == [1, 1, 0, 1, 0, 1]


@pytest.mark.parametrize(
    ("era", "fate"),
    [
        ("404json", ("refused", "not_found", "waiting")),
        # Newer releases answer a deleted integration with a bare 500, which could as well be a crash after posting.
        ("500text", ("unknown", "server_error", "waiting")),
    ],
)
def test_row_12_a_deleted_integration_keeps_what_is_owed(
    road: Road, sandbox: Sandbox, era: str, fate: tuple[str, str, str]
) -> None:
    sandbox.switch(token_error=era)
    road.send(f"{sandbox.hook('#ops').url}gone")
    assert road.fate() == fate
    assert road.go_on()[0] == ("held" if era == "404json" else "waiting")
    assert sandbox.messages("#ops") == []


def test_row_13_gone_for_good_is_held_and_probed_rarely(road: Road) -> None:
    """Whatever it says: a proxy that is being set up says so as well."""
    with peer(answering(http("410 Gone"))) as chat:
        road.send(chat.url())
        assert (*road.fate(), *road.go_on()) == ("refused", "gone", "waiting", "held", "gone")
        assert (road.drain(after=86_400), road.drain(after=86_400 + 899)) == (1, 0)


@pytest.mark.parametrize(("second", "state"), [(OK, "delivered"), (http("413 Too Large"), "waiting")])
def test_row_14_too_large_is_tried_once_more_short(road: Road, second: bytes, state: str) -> None:
    with peer(in_turn(http("413 Content Too Large"), second)) as chat:
        road.send(chat.url())
    assert (*road.fate(), len(chat.requests)) == ("refused", "too_large", state, 2)
    assert len(chat.requests[1].partition(b"\r\n\r\n")[2]) < 4096


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        ("17", 17),
        ("Mon, 23 Nov 2026 10:02:41 GMT", 30),
        ("Sun, 22 Nov 2026 10:02:41 GMT", 1),
        ("-5", 1),
        ("1000000000", 900),
        ("soon", 60),
    ],
)
def test_row_15_rate_limited_with_retry_after(road: Road, asked: str, seconds: int) -> None:
    date = format_datetime(road.now, usegmt=True)
    answer = http("429 Too Many Requests", b"{}", f"Retry-After: {asked}", f"Date: {date}")
    with peer(in_turn(answer, OK)) as chat:
        delivery = road.send(chat.url())
        assert (*road.fate(), road.wait(), delivery.tries) == ("refused", "rate_limited", "waiting", seconds, 0)
        assert (road.drain(after=seconds - 0.1), road.drain(after=seconds)) == (0, 1)
    assert "possible duplicate" not in heard(chat, 1)


@pytest.mark.parametrize(
    ("body", "header", "seconds"),
    [
        (b"{}", "X-RateLimit-Reset: {reset}", 28),
        (b'{"success":false,"error":"Error, too many requests. Please wait 28 seconds"}', "X-Odd: 1", 28),
        (b"", "X-Odd: 1", 60),
    ],
)
def test_row_16_rate_limited_without_retry_after(road: Road, body: bytes, header: str, seconds: int) -> None:
    header = header.format(reset=round(road.now.timestamp() + 28) * 1000)
    date = f"Date: {format_datetime(road.now, usegmt=True)}"
    with peer(answering(http("429 Too Many Requests", body, header, date))) as chat:
        road.send(chat.url())
    assert (*road.fate(), road.wait()) == ("refused", "rate_limited", "waiting", seconds)


def test_row_17_a_500_of_rocketchat_itself_is_tried_again_unmarked(road: Road) -> None:
    with peer(in_turn(refusal("500 Internal Server Error", "oops"), OK)) as chat:
        road.send(chat.url())
        road.drain(after=1)
    assert road.fate() == ("refused", "server_error", "delivered")
    assert "possible duplicate" not in heard(chat, 1)


@pytest.mark.parametrize(
    ("status", "reason"),
    [("500 Internal Server Error", "server_error"), ("502 Bad Gateway", "gateway"), ("504 Timeout", "gateway")],
)
def test_row_18_a_5xx_of_something_else_is_tried_again_marked(road: Road, status: str, reason: str) -> None:
    with peer(in_turn(http(status, b"<html>nginx</html>"), OK)) as chat:
        road.send(chat.url())
        assert (*road.fate(), road.lane().failures) == ("unknown", reason, "waiting", 1)
        road.drain(after=1)
    assert "possible duplicate (attempt 2" in heard(chat, 1)


def test_row_19_a_disabled_integration_is_tried_again_until_enabled(road: Road, sandbox: Sandbox) -> None:
    hook = sandbox.hook("#ops", enabled=False)
    road.send(hook.url)
    assert (*road.fate(), *road.go_on()) == ("refused", "disabled", "waiting", "held", "disabled")
    hook.enabled = True
    road.drain(after=PROBE)
    assert ["possible duplicate" in message.text for message in sandbox.messages("#ops")] == [False]
