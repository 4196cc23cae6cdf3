"""The one way out, against the sandbox: what reaches the room, and what the trail says of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError

from alerthub.sandbox import Hook, Sandbox
from deliveries import messages, outbox
from deliveries.models import Attempt, Delivery, Lane
from deliveries.rocketchat.client import Client
from deliveries.send import sender, stories
from routing.models import Source, Target
from tests import factories
from tests.deliveries.lanes import claim
from tests.factories import alert, owed

pytestmark = pytest.mark.django_db


def drain(target: Target, caller: Client, now: datetime) -> int:
    return sender.drain(target.pk, caller, clock=lambda: now, worker="w1", draw=lambda: 0.5)


def test_a_due_delivery_reaches_its_room(
    sandbox: Sandbox, source: Source, target: Target, caller: Client, now: datetime
) -> None:
    owed(source, now)
    drain(target, caller, now)
    assert ["DiskFull" in message.text for message in sandbox.messages("#ops")] == [True]
    assert Delivery.objects.get().state == "delivered"


def test_the_attempt_holds_what_was_sent_and_answered(
    sandbox: Sandbox, source: Source, target: Target, caller: Client, now: datetime
) -> None:
    owed(source, now)
    drain(target, caller, now)
    attempt = Attempt.objects.get()
    assert json.loads(attempt.sent)["text"] == sandbox.messages("#ops")[0].text
    assert (attempt.outcome, attempt.status_code, attempt.sent_to) == ("delivered", 200, target.masked_url)


def test_a_backlog_of_one_conversation_arrives_in_order(
    sandbox: Sandbox, source: Source, target: Target, caller: Client, now: datetime
) -> None:
    for number in range(20):
        owed(source, now, alert(f"A{number:02}"))
    assert drain(target, caller, now) == 20
    told = [message.text.split(" · ")[2] for message in sandbox.messages("#ops")]
    assert told == sorted(told)
    assert told[0].startswith("A00 ")


def test_a_resolved_does_not_pass_its_failed_firing(
    sandbox: Sandbox, hook: Hook, source: Source, target: Target, caller: Client, now: datetime
) -> None:
    hook.fail("status", status=502, times=1)
    owed(source, now)
    owed(source, now, alert(status="resolved"))
    drain(target, caller, now)
    assert sandbox.messages("#ops") == []
    drain(target, caller, now + timedelta(seconds=2))
    assert ["FIRING" in message.text for message in sandbox.messages("#ops")] == [True, False]


@pytest.mark.parametrize(
    ("fault", "options", "outcome", "reason"),
    [
        ("status", {"status": 500}, "unknown", "server_error"),
        ("html", {}, "unknown", "not_rocketchat"),
        ("success_false", {}, "refused", "success_false"),
        ("redirect", {}, "refused", "redirect"),
        ("disabled", {}, "refused", "disabled"),
        ("rate_limited", {"seconds": 20}, "refused", "rate_limited"),
        ("reset_after", {}, "unknown", "reset"),
        ("truncated", {}, "unknown", "truncated"),
        ("empty", {}, "unknown", "not_rocketchat"),
    ],
)
def test_what_goes_wrong_is_told_by_its_name(
    hook: Hook,
    source: Source,
    target: Target,
    caller: Client,
    now: datetime,
    fault: str,
    options: dict[str, Any],
    outcome: str,
    reason: str,
) -> None:
    hook.fail(fault, times=1, **options)
    owed(source, now)
    drain(target, caller, now)
    attempt = Attempt.objects.order_by("number")[0]
    assert (attempt.outcome, attempt.reason) == (outcome, reason)


def test_a_repeat_after_an_unknown_outcome_says_so_in_the_room(
    sandbox: Sandbox, hook: Hook, source: Source, target: Target, caller: Client, now: datetime
) -> None:
    hook.fail("reset_after", times=1)
    owed(source, now)
    drain(target, caller, now)
    drain(target, caller, now + timedelta(seconds=2))
    first, second = sandbox.messages("#ops")
    assert "possible duplicate" not in first.text
    assert "possible duplicate" in second.text


def test_trouble_in_the_room_puts_the_rest_of_the_batch_back_unsent(
    hook: Hook, source: Source, target: Target, caller: Client, now: datetime
) -> None:
    hook.fail("status", status=502)
    for number in range(3):
        owed(source, now, group=f"g{number}")
    sender._send_claim(claim(target, now), caller, lambda: now, lambda: 0.5, lambda: False)
    assert sorted(Attempt.objects.values_list("reason", flat=True)) == ["gateway", "put_back", "put_back"]


def test_a_refused_message_does_not_stop_the_others(
    sandbox: Sandbox, hook: Hook, source: Source, target: Target, caller: Client, now: datetime
) -> None:
    hook.fail("status", status=400, error="Match error: Expected string", times=2)
    owed(source, now)
    owed(source, now, group="other")
    drain(target, caller, now)
    assert sorted(Delivery.objects.values_list("state", flat=True)) == ["delivered", "delivered"]


def test_no_trace_of_the_address_is_kept_anywhere(
    hook: Hook, source: Source, target: Target, caller: Client, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    token = hook.url.rpartition("/")[2]
    hook.fail("reset_before", times=1)
    owed(source, now)
    drain(target, caller, now)
    attempt = Attempt.objects.get()
    assert token not in f"{attempt.error}{attempt.answer}{attempt.sent}{attempt.sent_to}{caplog.text}"


def test_an_address_that_cannot_be_decrypted_keeps_its_deliveries(
    source: Source, target: Target, caller: Client, now: datetime, settings: Any
) -> None:
    owed(source, now)
    settings.ENCRYPTION_KEYS = ["kWW0TVO_H_7v4dpNIXTVHLwrDiB-8ynQBTDAoQX5xKE="]
    for second in (0, 5, 15, 30, 60):
        drain(target, caller, now + timedelta(seconds=second))
    assert (Delivery.objects.get().state, Delivery.objects.get().reason) == ("held", "key_missing")


def test_a_message_that_cannot_be_rendered_in_full_goes_out_plain(
    sandbox: Sandbox, source: Source, target: Target, caller: Client, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "render", lambda *_: 1 / 0)
    owed(source, now)
    drain(target, caller, now)
    assert sandbox.messages("#ops")[0].attachments == []


def test_a_test_message_is_an_attempt_like_any_other(
    sandbox: Sandbox, target: Target, caller: Client, now: datetime
) -> None:
    test = outbox.owe_test(target, "ada", now)
    outcome = sender.send_now(test, caller, clock=lambda: now, worker="admin")
    assert outcome is not None
    assert (outcome.kind, test.attempts.get().outcome) == ("delivered", "delivered")
    assert "ops" in sandbox.messages("#ops")[0].text


def test_a_test_message_waits_when_the_budget_is_used_up(
    hook: Hook, source: Source, caller: Client, now: datetime
) -> None:
    target = factories.make_target("limited", url=hook.url, rate_limit_calls=1)
    for _ in range(2):
        test = outbox.owe_test(target, "ada", now)
        outcome = sender.send_now(test, caller, clock=lambda: now, worker="admin")
    assert outcome is None
    assert test.state == "waiting"


def test_a_disabled_and_enabled_target_gets_what_waited(
    sandbox: Sandbox, source: Source, target: Target, caller: Client, now: datetime
) -> None:
    Target.objects.update(enabled=False)
    owed(source, now)
    assert drain(target, caller, now) == 0
    Target.objects.update(enabled=True)
    assert drain(target, caller, now) == 1


def test_a_worker_that_stops_gives_back_what_it_has_not_sent(
    sandbox: Sandbox, source: Source, target: Target, caller: Client, now: datetime
) -> None:
    owed(source, now)
    owed(source, now, group="other")
    stops = iter([False, False, True])  # once to claim, once before each message
    sender.drain(target.pk, caller, clock=lambda: now, worker="w1", stop=lambda: next(stops, True))
    assert len(sandbox.messages("#ops")) == 1
    assert sorted(Delivery.objects.values_list("state", flat=True)) == ["delivered", "waiting"]


def test_a_test_message_that_fails_is_not_tried_again(
    hook: Hook, target: Target, caller: Client, now: datetime
) -> None:
    hook.fail("status", status=502)
    test = outbox.owe_test(target, "ada", now)
    outcome = sender.send_now(test, caller, clock=lambda: now, worker="admin")
    test.refresh_from_db()
    assert outcome is not None
    assert (outcome.reason, test.state) == ("gateway", "rejected")


def away_for(times: int, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The database refuses to record that often; the pauses in between are collected instead of slept."""
    record = outbox.record
    pauses: list[float] = []

    def refuse(*args: Any, **fields: Any) -> None:
        if len(pauses) < times:
            raise OperationalError("the server closed the connection")
        record(*args, **fields)

    monkeypatch.setattr(outbox, "record", refuse)
    monkeypatch.setattr(sender, "pause", pauses.append)
    return pauses


def test_what_was_sent_is_recorded_when_the_database_is_back(
    sandbox: Sandbox, source: Source, target: Target, caller: Client, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    away_for(3, monkeypatch)
    owed(source, now)
    drain(target, caller, now)
    assert (Delivery.objects.get().state, len(sandbox.messages("#ops"))) == ("delivered", 1)


def test_a_database_away_for_longer_than_the_lease_leaves_the_outcome_unknown(
    source: Source, target: Target, caller: Client, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses = away_for(1000, monkeypatch)
    owed(source, now)
    with pytest.raises(OperationalError):
        sender.drain(target.pk, caller, clock=lambda: now + timedelta(seconds=len(pauses)), worker="w1")
    outbox.recover(now + outbox.LEASE)
    assert Attempt.objects.get().outcome == "unknown"


def test_a_mistake_of_ours_while_sending_loses_nothing_of_the_batch(
    source: Source, target: Target, caller: Client, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    owed(source, now)
    owed(source, now, group="other")
    posts: Iterator[Callable[..., Any]] = iter([caller.post, lambda *_: 1 / 0])
    monkeypatch.setattr(caller, "post", lambda *given: next(posts)(*given))
    sender._send_claim(claim(target, now), caller, lambda: now, lambda: 0.5, lambda: False)
    ended = Attempt.objects.order_by("id").values_list("outcome", "reason")
    assert list(ended) == [("delivered", ""), ("unknown", "internal")]


def test_a_message_nobody_can_render_does_not_pause_its_room(
    source: Source, target: Target, caller: Client, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "_message", lambda *_: 1 / 0)
    owed(source, now)
    drain(target, caller, now)
    assert (Delivery.objects.get().reason, Lane.objects.get().failures) == ("internal", 0)


def test_a_large_body_is_not_kept_in_memory(source: Source, target: Target, now: datetime) -> None:
    stories._read.cache_clear()
    large = owed(source, now, *(alert(f"A{number}", text="x" * 1000) for number in range(100)))[0]
    stories.story_of(large, target, now)
    assert stories._read.cache_info().currsize == 0
