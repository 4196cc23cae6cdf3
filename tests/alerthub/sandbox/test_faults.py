"""Every fault the sandbox can be told to have: what the client sees, and whether the message is in the room."""

from __future__ import annotations

import http.client
import time
from typing import Any

import pytest

from alerthub.sandbox import Hook, Sandbox
from tests.alerthub.chat import Answered, post

pytestmark = pytest.mark.anywhere
ROOM = "#ops"
BROKEN = (OSError, http.client.HTTPException)


@pytest.fixture
def hook(sandbox: Sandbox) -> Hook:
    return sandbox.hook(ROOM)


def strike(hook: Hook, kind: str, **options: Any) -> Answered:
    hook.fail(kind, **options)
    return post(hook.url, {"text": "x"}, timeout=2)


@pytest.mark.parametrize(
    ("kind", "options", "status", "stored"),
    [
        ("status", {"status": 502}, 502, 0),
        ("status", {"status": 504, "stored": True}, 504, 1),
        ("rate_limited", {"seconds": 30}, 429, 0),
        ("success_false", {}, 200, 0),
        ("html", {}, 200, 0),
        ("redirect", {}, 302, 0),
        ("disabled", {}, 503, 0),
        ("empty", {}, 200, 1),
        ("slow", {"seconds": 0.01}, 200, 1),
        ("drip", {"rate": 100_000}, 200, 1),
    ],
)
def test_a_fault_answers_and_stores_as_it_says(
    sandbox: Sandbox, hook: Hook, kind: str, options: dict[str, Any], status: int, stored: int
) -> None:
    assert strike(hook, kind, **options).status == status
    assert len(sandbox.messages(ROOM)) == stored


@pytest.mark.parametrize(("kind", "stored"), [("reset_before", 0), ("reset_after", 1), ("hang", 0), ("truncated", 1)])
def test_a_broken_answer_leaves_the_message_or_not(sandbox: Sandbox, hook: Hook, kind: str, stored: int) -> None:
    with pytest.raises(BROKEN):
        strike(hook, kind, seconds=0.01)
    assert len(sandbox.messages(ROOM)) == stored


@pytest.mark.parametrize("kind", ["reset_before", "reset_after"])
def test_a_reset_is_a_real_one(hook: Hook, kind: str) -> None:
    with pytest.raises(ConnectionResetError):
        strike(hook, kind)


def test_a_truncated_answer_promises_more_than_it_sends(hook: Hook) -> None:
    with pytest.raises(http.client.IncompleteRead):
        strike(hook, "truncated")


def test_a_hang_lasts_until_it_is_cleared(sandbox: Sandbox, hook: Hook) -> None:
    hook.fail("hang")
    with pytest.raises(TimeoutError):
        post(hook.url, {"text": "x"}, timeout=0.2)
    hook.clear()
    assert post(hook.url, {"text": "x"}).status == 200


def test_a_hang_may_store_first(sandbox: Sandbox, hook: Hook) -> None:
    with pytest.raises(BROKEN):
        strike(hook, "hang", seconds=0.01, stored=True)
    assert len(sandbox.messages(ROOM)) == 1


def test_stopping_ends_what_hangs(hook: Hook) -> None:
    with Sandbox() as other:
        hanging = other.hook(ROOM)
        hanging.fail("hang", seconds=60)
        with pytest.raises(TimeoutError):
            post(hanging.url, {"text": "x"}, timeout=0.1)
        began = time.monotonic()
    assert time.monotonic() - began < 5


def test_a_drip_takes_its_time(hook: Hook) -> None:
    hook.fail("drip", rate=10, times=1)
    with pytest.raises(TimeoutError):
        post(hook.url, {"text": "x"}, timeout=0.05)


def test_a_drip_is_whole_in_the_end(hook: Hook) -> None:
    assert strike(hook, "drip", rate=100_000).json == {"success": True}


def test_a_status_with_an_error_is_rocket_chats_own(hook: Hook) -> None:
    answered = strike(hook, "status", status=500, error="Internal server error")
    assert answered.json == {"success": False, "error": "Internal server error"}


def test_a_status_without_an_error_is_a_proxys_page(hook: Hook) -> None:
    answered = strike(hook, "status", status=502)
    assert answered.headers["content-type"] == "text/html"
    assert answered.body.startswith(b"<html>")


def test_a_rate_limit_names_its_end() -> None:
    with Sandbox(clock=lambda: 1_800_000_000.0) as still:
        answered = strike(still.hook(ROOM), "rate_limited", seconds=30)
    assert answered.headers["X-RateLimit-Reset"] == "1800000030000"
    assert "You must wait 30 seconds" in answered.error


def test_headers_can_be_added(hook: Hook) -> None:
    assert strike(hook, "rate_limited", headers={"Retry-After": "7"}).headers["Retry-After"] == "7"


def test_a_redirect_points_elsewhere(hook: Hook) -> None:
    assert strike(hook, "redirect", location="https://a.example/x").headers["Location"] == "https://a.example/x"


def test_success_false_says_why(hook: Hook) -> None:
    assert strike(hook, "success_false", error="nope").json == {"success": False, "error": "nope"}


def test_a_fault_can_last_two_times(hook: Hook) -> None:
    hook.fail("disabled", times=2)
    assert [post(hook.url, {"text": "x"}).status for _ in range(3)] == [503, 503, 200]


def test_a_fault_without_times_lasts_until_cleared(hook: Hook) -> None:
    hook.fail("disabled")
    before = [post(hook.url, {"text": "x"}).status for _ in range(3)]
    hook.clear()
    assert [*before, post(hook.url, {"text": "x"}).status] == [503, 503, 503, 200]


def test_faults_strike_one_after_the_other(hook: Hook) -> None:
    hook.fail("disabled", times=1)
    hook.fail("status", status=502, times=1)
    assert [post(hook.url, {"text": "x"}).status for _ in range(3)] == [503, 502, 200]


def test_a_fault_can_be_about_some_messages_only(hook: Hook) -> None:
    hook.fail("disabled", about="DiskFull")
    assert [post(hook.url, {"text": text}).status for text in ("*DiskFull*", "x", "DiskFull")] == [503, 200, 503]


def test_chance_is_repeatable(sandbox: Sandbox) -> None:
    def outcomes() -> list[int]:
        hook = sandbox.hook(ROOM)
        hook.fail("disabled", probability=0.5, seed=7)
        return [post(hook.url, {"text": "x"}).status for _ in range(20)]

    first = outcomes()
    assert set(first) == {200, 503}
    assert outcomes() == first


def test_a_fault_strikes_its_own_hook_only(sandbox: Sandbox, hook: Hook) -> None:
    hook.fail("disabled")
    assert post(sandbox.hook(ROOM).url, {"text": "x"}).status == 200


def test_the_journal_names_the_fault(sandbox: Sandbox, hook: Hook) -> None:
    with pytest.raises(BROKEN):
        strike(hook, "reset_after", times=1)
    (received,) = sandbox.requests(hook)
    assert (received.status, received.fault, received.stored) == (None, "reset_after", 1)


@pytest.mark.parametrize("options", [{"kind": "gremlins"}, {"kind": "drip", "rate": 0}])
def test_an_impossible_fault_is_refused(hook: Hook, options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"unknown fault|bytes a second"):
        hook.fail(**options)
