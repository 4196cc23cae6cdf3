"""The sandbox's rate limit, with a clock that stands still unless told."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from alerthub.sandbox import Hook, Sandbox
from tests.alerthub.chat import Answered, get, post

pytestmark = pytest.mark.anywhere

START = 1_800_000_000.0
ROOM = "#ops"


class Clock:
    now = START

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sandbox(clock: Clock) -> Iterator[Sandbox]:
    with Sandbox(rate_limit=(2, 60), clock=clock) as running:
        yield running


def spend(hook: Hook, times: int = 2) -> Answered:
    return [post(hook.url, {"text": "x"}) for _ in range(times)][-1]


def test_the_third_call_in_a_budget_of_two_is_refused(sandbox: Sandbox) -> None:
    answered = spend(sandbox.hook(ROOM), 3)
    assert answered.status == 429
    assert answered.error == (
        "Error, too many requests. Please slow down. You must wait 60 seconds "
        "before trying this endpoint again. [error-too-many-requests]"
    )


def test_a_refused_call_posts_nothing(sandbox: Sandbox) -> None:
    spend(sandbox.hook(ROOM), 5)
    assert len(sandbox.messages(ROOM)) == 2


def test_every_answer_tells_the_budget_in_milliseconds(sandbox: Sandbox) -> None:
    headers = spend(sandbox.hook(ROOM), 1).headers
    told = [headers[f"X-RateLimit-{name}"] for name in ("Limit", "Remaining", "Reset")]
    assert told == ["2", "1", str(int((START + 60) * 1000))]


def test_no_retry_after_is_told(sandbox: Sandbox) -> None:
    assert "Retry-After" not in spend(sandbox.hook(ROOM), 3).headers


def test_the_window_does_not_slide(sandbox: Sandbox, clock: Clock) -> None:
    hook = sandbox.hook(ROOM)
    spend(hook, 1)
    clock.now = START + 59
    assert spend(hook, 2).headers["X-RateLimit-Reset"] == str(int((START + 60) * 1000))


def test_the_wait_is_what_is_left_of_the_window(sandbox: Sandbox, clock: Clock) -> None:
    hook = sandbox.hook(ROOM)
    spend(hook)
    clock.now = START + 31.5
    assert "You must wait 29 seconds" in spend(hook, 1).error


def test_the_budget_is_whole_again_after_the_window(sandbox: Sandbox, clock: Clock) -> None:
    hook = sandbox.hook(ROOM)
    spend(hook, 3)
    clock.now = START + 60.1
    assert spend(hook, 1).headers["X-RateLimit-Remaining"] == "1"


def test_each_hook_has_its_own_budget(sandbox: Sandbox) -> None:
    spend(sandbox.hook(ROOM), 3)
    assert spend(sandbox.hook(ROOM), 1).status == 200


def test_another_method_has_its_own_budget(sandbox: Sandbox) -> None:
    hook = sandbox.hook(ROOM)
    spend(hook, 3)
    assert get(hook.url).status == 200


def test_the_limit_comes_before_a_disabled_hook(sandbox: Sandbox) -> None:
    hook = sandbox.hook(ROOM, enabled=False)
    assert [spend(hook, 1).status for _ in range(3)] == [503, 503, 429]


def test_the_journal_knows_the_budget_that_is_left(sandbox: Sandbox) -> None:
    hook = sandbox.hook(ROOM)
    spend(hook, 3)
    assert [each.remaining for each in sandbox.requests(hook)] == [1, 0, 0]


def test_without_a_limit_no_header_speaks_of_one() -> None:
    with Sandbox(rate_limit=None) as free:
        assert "X-RateLimit-Limit" not in spend(free.hook(ROOM), 1).headers
