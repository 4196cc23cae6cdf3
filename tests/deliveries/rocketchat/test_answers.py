from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deliveries.reasons import Reason
from deliveries.rocketchat import answers
from deliveries.rocketchat.answers import Answer
from deliveries.rocketchat.outcomes import Ending

pytestmark = pytest.mark.anywhere

NOW = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
HTML = b"<html><body><h1>Sign in</h1></body></html>"
NO = b'{"success":false,"error":"boom"}'


def judge(status: int, body: Any = b"", *, cut: Reason | None = None, **headers: str) -> Answer:
    octets = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return answers.judge(status, named, octets, now=NOW, cut=cut)


@pytest.mark.parametrize(
    "body", [b'{"success":true}', b' {"success": true, "more": 1}\n', {"success": True, "responses": []}]
)
def test_only_success_true_is_delivered(body: Any) -> None:
    assert judge(200, body) == Answer(Ending.DELIVERED, None)


@pytest.mark.parametrize(
    "body",
    [b"", HTML, b"ok", b"[]", b"{}", b'{"success":"true"}', b'{"success":1}', b'{"success":true', b"\xff\xfe",
     b"[" * 100_000, b'{"success":null}', b'"success"', b"\x1f\x8b\x08\x00gzip"],
)  # fmt: skip
def test_any_other_200_leaves_it_unknown(body: bytes) -> None:
    answer = judge(200, body)
    assert (answer.kind, answer.reason) == (Ending.UNKNOWN, Reason.NOT_ROCKETCHAT)


@pytest.mark.parametrize("cut", [Reason.TIMEOUT, Reason.RESET, Reason.TRUNCATED])
def test_a_200_that_did_not_arrive_whole_is_unknown(cut: Reason) -> None:
    answer = judge(200, b'{"success":true}', cut=cut)
    assert (answer.kind, answer.reason) == (Ending.UNKNOWN, cut)


@pytest.mark.parametrize(
    ("status", "body", "kind", "reason"),
    [
        (101, b"", Ending.UNKNOWN, Reason.NOT_ROCKETCHAT),
        (103, b"", Ending.UNKNOWN, Reason.NOT_ROCKETCHAT),
        (201, b'{"success":true}', Ending.UNKNOWN, Reason.NOT_ROCKETCHAT),
        (202, b'{"success":true}', Ending.UNKNOWN, Reason.NOT_ROCKETCHAT),
        (204, b"", Ending.UNKNOWN, Reason.NOT_ROCKETCHAT),
        (301, b"", Ending.REFUSED, Reason.REDIRECT),
        (302, HTML, Ending.REFUSED, Reason.REDIRECT),
        (307, b"", Ending.REFUSED, Reason.REDIRECT),
        (308, b"", Ending.REFUSED, Reason.REDIRECT),
        (400, HTML, Ending.REFUSED, Reason.NOT_ROCKETCHAT),
        (400, NO, Ending.REFUSED, Reason.SUCCESS_FALSE),
        (401, NO, Ending.REFUSED, Reason.UNAUTHORIZED),
        (401, HTML, Ending.REFUSED, Reason.UNAUTHORIZED),
        (403, HTML, Ending.REFUSED, Reason.FORBIDDEN),
        (404, NO, Ending.REFUSED, Reason.NOT_FOUND),
        (405, b"", Ending.REFUSED, Reason.NOT_FOUND),
        (407, HTML, Ending.NOT_SENT, Reason.PROXY),
        (408, b"", Ending.UNKNOWN, Reason.TIMEOUT),
        (410, b"", Ending.REFUSED, Reason.GONE),
        (413, HTML, Ending.REFUSED, Reason.TOO_LARGE),
        # A proxy's own JSON.
        (400, b'{"error":"invalid-channel"}', Ending.REFUSED, Reason.NOT_ROCKETCHAT),
        (400, b'{"success":true}', Ending.REFUSED, Reason.NOT_ROCKETCHAT),
        (402, HTML, Ending.REFUSED, Reason.NOT_ROCKETCHAT),
        (402, NO, Ending.REFUSED, Reason.SUCCESS_FALSE),
        (418, HTML, Ending.REFUSED, Reason.NOT_ROCKETCHAT),
        (422, NO, Ending.REFUSED, Reason.SUCCESS_FALSE),
        (429, HTML, Ending.REFUSED, Reason.RATE_LIMITED),
        (500, NO, Ending.REFUSED, Reason.SERVER_ERROR),
        (500, b"Internal Server Error", Ending.UNKNOWN, Reason.SERVER_ERROR),
        (501, HTML, Ending.UNKNOWN, Reason.SERVER_ERROR),
        (502, HTML, Ending.UNKNOWN, Reason.GATEWAY),
        (502, NO, Ending.UNKNOWN, Reason.GATEWAY),
        (503, b'{"success":false,"error":"Service Unavailable"}', Ending.REFUSED, Reason.DISABLED),
        (503, b"Service Unavailable", Ending.REFUSED, Reason.DISABLED),
        (503, HTML, Ending.UNKNOWN, Reason.GATEWAY),
        (504, HTML, Ending.UNKNOWN, Reason.GATEWAY),
        (600, b"", Ending.UNKNOWN, Reason.NOT_ROCKETCHAT),
        (999, b'{"success":true}', Ending.UNKNOWN, Reason.NOT_ROCKETCHAT),
    ],
)
def test_the_status_decides(status: int, body: bytes, kind: Ending, reason: Reason) -> None:
    answer = judge(status, body)
    assert (answer.kind, answer.reason) == (kind, reason)


REFUSALS = [
    ("invalid-channel", Reason.BAD_ROOM),
    ("[invalid-channel]", Reason.BAD_ROOM),
    ("error-invalid-room", Reason.BAD_ROOM),
    ("The room does not exist [error-room-not-found]", Reason.BAD_ROOM),
    ("error-not-allowed", Reason.BAD_ROOM),
    ("overriding destination channel is disabled for this integration", Reason.BAD_ROOM),
    ("You can't send messages because the room is readonly.", Reason.BAD_ROOM),
    ("error-room-archived", Reason.BAD_ROOM),
    ("room_is_blocked", Reason.BAD_ROOM),
    ("You_have_been_muted", Reason.BAD_ROOM),
    ("Invalid href value provided", Reason.BAD_MESSAGE),
    ("Invalid attachment field, title and value is required", Reason.BAD_MESSAGE),
    ("Match error: Missing key 'value'", Reason.BAD_MESSAGE),
    ("error-message-size-exceeded", Reason.TOO_LARGE),
    ("Message is too long", Reason.TOO_LARGE),
    ("error-action-not-allowed", Reason.MENTION),
    ("Not enough permission", Reason.FORBIDDEN),
    ("error-running-script", Reason.SCRIPT),
    ("error-evaluating-script", Reason.SCRIPT),
    ("Error, too many requests. Please slow down. [error-too-many-requests]", Reason.RATE_LIMITED),
    ("You must be logged in to do this.", Reason.UNAUTHORIZED),
    ("unknown-error", Reason.SUCCESS_FALSE),
    ("", Reason.SUCCESS_FALSE),
]


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize(("error", "reason"), REFUSALS)
def test_a_refusal_is_understood_by_its_words(error: str, reason: Reason, status: int) -> None:
    answer = judge(status, {"success": False, "error": error})
    assert (answer.kind, answer.reason) == (Ending.REFUSED, reason)
    assert error in answer.error or reason is Reason.RATE_LIMITED


def test_a_refusal_is_understood_by_its_error_type_too() -> None:
    assert judge(400, {"success": False, "error": "No", "errorType": "error-not-allowed"}).reason is Reason.BAD_ROOM


@pytest.mark.parametrize("error", [{"code": 7}, ["x"], 5, None, True])
def test_a_refusal_by_a_script_may_be_any_json(error: Any) -> None:
    assert judge(400, {"success": False, "error": error}).reason is Reason.SUCCESS_FALSE


def test_some_of_several_rooms_refusing_is_no_delivery() -> None:
    responses = [{"channel": "#a", "message": {"_id": "m1"}}, {"channel": "#b", "error": "invalid-channel"}]
    answer = judge(200, {"success": True, "responses": responses})
    assert (answer.kind, answer.reason) == (Ending.REFUSED, Reason.PARTIAL)
    assert "#b: invalid-channel" in answer.error


@pytest.mark.parametrize(("status", "success"), [(200, True), (400, False)])
def test_all_rooms_refusing_is_a_refusal_by_its_words(status: int, success: bool) -> None:
    answer = judge(status, {"success": success, "responses": [{"channel": "#b", "error": "invalid-channel"}]})
    assert (answer.kind, answer.reason) == (Ending.REFUSED, Reason.BAD_ROOM)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        # Only one of two rooms says why.
        ({"responses": [{"channel": "#a"}, {"channel": "#b", "error": "invalid-channel"}]}, Reason.BAD_ROOM),
        # What it says of all of them counts more than what it says of one.
        ({"error": "invalid-channel", "responses": [{"channel": "#b", "error": "boom"}]}, Reason.BAD_ROOM),
        ({"responses": [{"channel": "#a"}]}, Reason.SUCCESS_FALSE),
    ],
)
def test_a_refusal_of_several_rooms_is_understood_by_the_words_there_are(
    answer: dict[str, Any], reason: Reason
) -> None:
    assert judge(400, {"success": False} | answer).reason is reason


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (200, {"success": False, "error": "boom"}, "Rocket.Chat refused the message (200): boom"),
        (200, {"success": True, "responses": [{"error": "boom"}]}, "Rocket.Chat refused the message (200): boom"),
        (400, {"success": False}, "Rocket.Chat refused the message (400): no reason given"),
        (403, {"success": False, "error": "boom"}, f"{Reason.FORBIDDEN.label} (403): boom"),
        (403, b"", f"{Reason.FORBIDDEN.label} (403)."),
        (500, NO, "Rocket.Chat failed (500): boom"),
    ],
)
def test_a_refusal_says_the_status_and_rocketchats_words(status: int, body: Any, said: str) -> None:
    assert judge(status, body).error == said


@pytest.mark.parametrize(
    ("body", "message_id"),
    [
        ({"responses": [{"channel": "#a", "message": {"_id": "m1"}}]}, "m1"),
        ({"message": {"_id": "m2"}}, "m2"),
        ({"message": "posted"}, ""),
        ({"responses": ["odd", {"message": {"_id": 7}}]}, ""),
        ({"responses": [{"message": {"_id": "m1"}}, {"message": {"_id": "m2"}}]}, ""),
        ({"responses": [{"message": {"_id": "m1"}}, {"channel": "#b"}]}, ""),
    ],
)
def test_the_message_id_is_kept_if_it_is_told(body: dict[str, Any], message_id: str) -> None:
    answer = judge(200, {"success": True} | body)
    assert (answer.kind, answer.message_id) == (Ending.DELIVERED, message_id)


@pytest.mark.parametrize(("status", "body"), [(200, HTML), (408, b""), (500, b"oops"), (502, HTML), (600, b"")])
def test_an_unclear_answer_says_what_is_unknown(status: int, body: bytes) -> None:
    assert judge(status, body).error.endswith("The message may or may not be posted.")


@pytest.mark.parametrize(("status", "body"), [(200, HTML), (408, b""), (500, b"oops"), (502, HTML), (600, b"")])
def test_an_unclear_answer_to_a_call_that_posts_nothing_is_no_doubt(status: int, body: bytes) -> None:
    harmless = replace(answers.HOOK, doubt="")
    answer = answers.judge(status, {}, body, now=NOW, dialect=harmless)
    assert (answer.kind, "may or may not" in answer.error) == (Ending.NOT_SENT, False)


@pytest.mark.parametrize(
    ("status", "body"),
    [(400, NO), (402, NO), (413, HTML), (200, NO), (400, b'{"success":false,"error":"Match error: Expected string"}')],
)
def test_a_refused_call_that_posts_nothing_blames_no_message(status: int, body: bytes) -> None:
    asking = replace(answers.HOOK, doubt="")
    assert answers.judge(status, {}, body, now=NOW, dialect=asking).reason is Reason.LOOK_UP


def test_of_a_redirect_only_the_host_is_told() -> None:
    answer = judge(302, location="https://sso.example:8443/login?next=/hooks/id/token")
    assert "to https://sso.example:8443 (302)" in answer.error
    assert "token" not in answer.error


@pytest.mark.parametrize("status", [300, 399])
def test_every_3xx_redirects(status: int) -> None:
    assert judge(status, location="https://sso.example/").reason is Reason.REDIRECT


@pytest.mark.parametrize("location", ["", "/hooks/id/token", "http://[broken/token"])
def test_a_redirect_without_a_host_tells_none(location: str) -> None:
    assert judge(301, location=location).error == "The server redirects (301). Redirects are not followed."


SLOW_DOWN = "Error, too many requests. Please slow down. You must wait 28 seconds before trying this endpoint again."
IN_90_S_MS = str(round((NOW.timestamp() + 90) * 1000))


@pytest.mark.parametrize(
    ("headers", "error", "seconds"),
    [
        ({"Retry-After": "17"}, "", 17),
        ({"retry-after": "1.5"}, "", 1.5),
        ({"Retry-After": "-17"}, "", 1),
        ({"Retry-After": "0"}, "", 1),
        ({"Retry-After": "1000000000"}, "", 900),
        ({"Retry-After": "9" * 400}, "", 60),
        ({"Retry-After": "Sun, 01 Mar 2026 03:02:00 GMT"}, "", 120),
        ({"Retry-After": "Sun, 01 Mar 2026 02:00:00 GMT"}, "", 1),
        ({"Retry-After": "Sun, 01 Mar 2026 04:02:00 GMT", "Date": "Sun, 01 Mar 2026 04:00:00 GMT"}, "", 120),
        ({"Retry-After": "soon"}, "", 60),
        ({"Retry-After": "nan"}, "", 60),
        ({"Retry-After": "١٢"}, "", 60),
        ({"Retry-After": "soon", "X-RateLimit-Reset": IN_90_S_MS}, "", 90),
        ({"X-RateLimit-Reset": IN_90_S_MS}, SLOW_DOWN, 90),
        ({"X-RateLimit-Reset": str(round(NOW.timestamp() + 90))}, "", 90),
        ({"X-RateLimit-Reset": "45"}, SLOW_DOWN, 45),
        ({"X-RateLimit-Reset": "86400"}, "", 900),
        ({"X-RateLimit-Reset": "0"}, "", 1),
        ({"X-RateLimit-Reset": "never"}, SLOW_DOWN, 28),
        ({}, SLOW_DOWN, 28),
        ({}, "", 60),
    ],
)
def test_the_wait_is_read_wherever_it_is_told(headers: dict[str, str], error: str, seconds: float) -> None:
    body = json.dumps({"success": False, "error": error}).encode()
    assert answers.judge(429, headers, body, now=NOW).retry_after == pytest.approx(seconds)


def test_a_wait_is_told_only_for_too_many_messages() -> None:
    assert judge(500, NO, retry_after="17").retry_after is None


@pytest.mark.parametrize(
    ("told", "known"),
    [("9", 9), ("0", 0), ("Infinity", None), ("-1", None), ("9" * 8, 99_999_999), ("9" * 9, None), ("9" * 99, None)],
)
def test_what_is_left_of_the_rate_limit_is_kept(told: str, known: int | None) -> None:
    assert judge(200, {"success": True}, X_RateLimit_Remaining=told).rate_limit_remaining == known


# A fresh machine builds hypothesis' tables of characters first, which takes longer than its patience.
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
odd_bodies = st.fixed_dictionaries(
    {"success": st.booleans()},
    optional=dict.fromkeys(("error", "errorType", "message", "responses", "channel"), json_values),
)


@patient
@given(status=st.integers(100, 999), body=odd_bodies)
def test_no_json_is_too_odd_for_a_verdict(status: int, body: dict[str, Any]) -> None:
    answer = judge(status, body)
    assert (answer.kind is Ending.DELIVERED) == (answer.reason is None)


@patient
@given(status=st.integers(100, 999), body=st.binary(), value=st.text())
def test_no_answer_but_a_clear_yes_is_taken_for_a_delivery(status: int, body: bytes, value: str) -> None:
    answer = judge(status, body, Retry_After=value, X_RateLimit_Reset=value, Date=value, Location=value)
    assert answer.kind is not Ending.DELIVERED
