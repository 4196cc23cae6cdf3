"""REST targets, threads and edits, against the sandbox: where a message ends up, and that nothing is there twice."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from alerthub.sandbox import Sandbox
from deliveries import outbox
from deliveries.models import Attempt, Delivery, Lane, Thread
from deliveries.rocketchat.client import Client
from deliveries.send import batches, sender
from routing.models import RocketChatServer, Source, Target
from tests import factories
from tests.deliveries.lanes import claim
from tests.factories import alert, owed

pytestmark = pytest.mark.django_db


@pytest.fixture
def target(sandbox: Sandbox, server: RocketChatServer) -> Target:
    sandbox.room("#ops")
    target = factories.make_rest_target(server, "#ops")
    factories.make_rule(targets=[target])
    return target


@pytest.fixture
def hook_target(sandbox: Sandbox) -> Target:
    target = factories.make_target(url=sandbox.hook("#ops").url, updates="thread")
    factories.make_rule(targets=[target])
    return target


def drain(target: Target, caller: Client, now: datetime) -> int:
    return sender.drain(target.pk, caller, clock=lambda: now, worker="w1", draw=lambda: 0.5)


def tell(source: Source, target: Target, caller: Client, now: datetime, *alerts: dict[str, object]) -> None:
    owed(source, now, *alerts)
    drain(target, caller, now)


RESOLVED = alert(status="resolved")
AGAIN = alert(starts_at="2026-11-23T11:00:00Z")


def parents(sandbox: Sandbox, room: str = "#ops") -> list[str]:
    """The text's first word of state, and whether it is in a thread."""
    state = ["RESOLVED" if "RESOLVED" in message.text else "FIRING" for message in sandbox.messages(room)]
    threads = ["thread" if message.document.get("tmid") else "room" for message in sandbox.messages(room)]
    return [f"{one} in {where}" for one, where in zip(state, threads, strict=True)]


def test_a_rest_target_posts_into_its_room(
    sandbox: Sandbox, source: Source, target: Target, caller: Client, now: datetime
) -> None:
    tell(source, target, caller, now)
    assert Delivery.objects.get().state == "delivered"
    assert [len(message.id) for message in sandbox.messages("#ops")] == [17]


def test_the_room_is_resolved_once(
    sandbox: Sandbox, source: Source, target: Target, caller: Client, now: datetime
) -> None:
    tell(source, target, caller, now)
    tell(source, target, caller, now, RESOLVED)
    asked = [call for call in sandbox.requests(sandbox.rest) if call.method == "GET"]
    assert (len(asked), Lane.objects.get().room_id) == (1, sandbox.room("#ops").id)


def test_a_room_that_was_made_anew_is_resolved_again_at_once(
    sandbox: Sandbox, source: Source, target: Target, caller: Client, now: datetime
) -> None:
    tell(source, target, caller, now)
    Lane.objects.update(room_id="goneGoneGoneGone1")
    tell(source, target, caller, now, RESOLVED)
    assert parents(sandbox) == ["FIRING in room", "RESOLVED in room"]
    assert Lane.objects.get().broken_at is None


def test_another_room_in_the_target_is_resolved_anew(
    sandbox: Sandbox, source: Source, target: Target, caller: Client, now: datetime
) -> None:
    tell(source, target, caller, now)
    sandbox.room("#new")
    Target.objects.update(channel="#new")
    tell(source, target, caller, now, RESOLVED)
    assert len(sandbox.messages("#new")) == 1


def test_a_room_that_does_not_exist_breaks_the_target(
    sandbox: Sandbox, source: Source, target: Target, caller: Client, now: datetime
) -> None:
    Target.objects.update(channel="#nowhere")
    tell(source, target, caller, now)
    for second in (5, 15, 30, 60):
        drain(target, caller, now + timedelta(seconds=second))
    assert (Delivery.objects.get().state, Lane.objects.get().broken_reason) == ("held", "bad_room")


@pytest.mark.parametrize("answer", ["400", "200"])
@pytest.mark.parametrize("fault", ["reset_after", "truncated", "empty"])
def test_a_retry_after_a_lost_answer_does_not_post_twice(
    sandbox: Sandbox, source: Source, target: Target, caller: Client, now: datetime, fault: str, answer: str
) -> None:
    sandbox.switch(repeated_id=answer)
    tell(source, target, caller, now)
    sandbox.rest.fail(fault, times=1)
    tell(source, target, caller, now, RESOLVED)
    sandbox.rest.clear()
    drain(target, caller, now + timedelta(minutes=5))
    assert parents(sandbox) == ["FIRING in room", "RESOLVED in room"]
    assert "duplicate" not in sandbox.messages("#ops")[1].text
    assert set(Delivery.objects.values_list("state", flat=True)) == {"delivered"}


def test_a_worker_that_died_after_posting_leads_to_no_second_message(
    sandbox: Sandbox, source: Source, target: Target, caller: Client, now: datetime
) -> None:
    tell(source, target, caller, now)
    owed(source, now, RESOLVED)
    claimed = claim(target, now)
    sender._send(claimed.pairs, claimed.target, sender._road(claimed), batches.of(claimed), caller, now)
    later = now + outbox.LEASE
    outbox.recover(later)
    drain(target, caller, later)
    assert parents(sandbox) == ["FIRING in room", "RESOLVED in room"]


def test_the_token_is_nowhere_in_the_trail(
    sandbox: Sandbox, source: Source, target: Target, caller: Client, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    sandbox.rest.fail("status", status=500, error=f"oops {sandbox.account().token}")
    tell(source, target, caller, now)
    attempt = Attempt.objects.get()
    assert sandbox.account().token not in f"{attempt.error}{attempt.answer}{attempt.sent}{attempt.sent_to}{caplog.text}"


def test_a_test_message_reaches_a_rest_target(sandbox: Sandbox, target: Target, caller: Client, now: datetime) -> None:
    test = outbox.owe_test(target, "ann", now)
    sender.send_now(test, caller, clock=lambda: now, worker="admin")
    assert ["TEST" in message.text for message in sandbox.messages("#ops")] == [True]


@pytest.mark.parametrize("road", ["target", "hook_target"])
def test_updates_and_the_resolved_go_into_the_thread_of_the_firing(
    sandbox: Sandbox, source: Source, caller: Client, now: datetime, road: str, request: pytest.FixtureRequest
) -> None:
    target: Target = request.getfixturevalue(road)
    Target.objects.update(updates="thread")
    tell(source, target, caller, now)
    tell(source, target, caller, now, alert(), alert("CPUHigh"))
    tell(source, target, caller, now, RESOLVED, alert("CPUHigh", status="resolved"))
    assert parents(sandbox) == ["FIRING in room", "FIRING in thread", "RESOLVED in thread"]
    assert {message.document.get("tmid") for message in sandbox.messages("#ops")[1:]} == {
        sandbox.messages("#ops")[0].id
    }


def test_a_new_episode_opens_a_new_thread(
    sandbox: Sandbox, source: Source, hook_target: Target, caller: Client, now: datetime
) -> None:
    for told in (alert(), RESOLVED, AGAIN):
        tell(source, hook_target, caller, now, told)
    assert parents(sandbox) == ["FIRING in room", "RESOLVED in thread", "FIRING in room"]
    assert Thread.objects.count() == 2


def test_the_resolved_is_shown_in_the_room_too_when_asked(
    sandbox: Sandbox, source: Source, target: Target, caller: Client, now: datetime
) -> None:
    Target.objects.update(updates="thread", resolved_in_room=True)
    tell(source, target, caller, now)
    tell(source, target, caller, now, RESOLVED)
    assert [message.document.get("tshow") for message in sandbox.messages("#ops")] == [None, True]


def test_a_webhook_asked_to_shows_the_resolved_in_the_room(
    sandbox: Sandbox, source: Source, hook_target: Target, caller: Client, now: datetime
) -> None:
    Target.objects.update(resolved_in_room=True)
    tell(source, hook_target, caller, now)
    tell(source, hook_target, caller, now, RESOLVED)
    assert parents(sandbox) == ["FIRING in room", "RESOLVED in room"]


def test_a_webhook_of_an_older_server_is_told_in_new_messages(
    sandbox: Sandbox, source: Source, hook_target: Target, caller: Client, now: datetime
) -> None:
    sandbox.switch(separate_response=False)
    tell(source, hook_target, caller, now)
    tell(source, hook_target, caller, now, RESOLVED)
    assert parents(sandbox) == ["FIRING in room", "RESOLVED in room"]


def test_a_thread_that_is_gone_makes_the_update_a_message_of_its_own(
    sandbox: Sandbox, source: Source, target: Target, caller: Client, now: datetime
) -> None:
    Target.objects.update(updates="thread")
    tell(source, target, caller, now)
    sandbox.delete(sandbox.messages("#ops")[0].id)
    tell(source, target, caller, now, RESOLVED)
    assert parents(sandbox) == ["RESOLVED in room"]


def test_an_edit_changes_the_first_message(
    sandbox: Sandbox, source: Source, target: Target, caller: Client, now: datetime
) -> None:
    Target.objects.update(updates="edit")
    tell(source, target, caller, now)
    tell(source, target, caller, now, alert(), alert("CPUHigh"))
    tell(source, target, caller, now, RESOLVED, alert("CPUHigh", status="resolved"))
    assert parents(sandbox) == ["RESOLVED in room"]
    assert "CPUHigh" in sandbox.messages("#ops")[0].text
    assert set(Delivery.objects.values_list("state", flat=True)) == {"delivered"}


def test_one_edit_shows_what_fires_and_what_is_resolved(
    sandbox: Sandbox, source: Source, target: Target, caller: Client, now: datetime
) -> None:
    Target.objects.update(updates="edit")
    tell(source, target, caller, now, alert(), alert("CPUHigh"))
    tell(source, target, caller, now, RESOLVED, alert("CPUHigh"))
    assert ("FIRING" in parents(sandbox)[0], Delivery.objects.count()) == (True, 2)


def test_a_refused_edit_becomes_a_message_which_later_ones_edit(
    sandbox: Sandbox, source: Source, target: Target, caller: Client, now: datetime
) -> None:
    Target.objects.update(updates="edit")
    tell(source, target, caller, now)
    sandbox.switch(edit_blocked=True)
    tell(source, target, caller, now, alert(), alert("CPUHigh"))
    sandbox.switch(edit_blocked=False)
    tell(source, target, caller, now, RESOLVED, alert("CPUHigh", status="resolved"))
    assert parents(sandbox) == ["FIRING in room", "RESOLVED in room"]


def test_a_new_episode_is_a_new_message_also_where_messages_are_edited(
    sandbox: Sandbox, source: Source, target: Target, caller: Client, now: datetime
) -> None:
    Target.objects.update(updates="edit")
    for told in (alert(), RESOLVED, AGAIN):
        tell(source, target, caller, now, told)
    assert parents(sandbox) == ["RESOLVED in room", "FIRING in room"]


def lose_the_answer(sandbox: Sandbox, source: Source, target: Target, caller: Client, now: datetime) -> None:
    """The second message is posted, and nobody knows: the look whether it is there fails too. The first finds the room."""
    owed(source, now, alert("First"), group="first")
    drain(target, caller, now)
    sandbox.rest.fail("reset_after", times=1)
    sandbox.rest.fail("reset_before", times=1)
    tell(source, target, caller, now)
    assert Delivery.objects.get(unknown_count=1).state == "waiting"
    sandbox.rest.clear()


def test_a_message_that_may_be_in_the_room_goes_into_no_digest(
    sandbox: Sandbox, source: Source, target: Target, caller: Client, now: datetime
) -> None:
    """Its own id keeps it from standing there twice; a digest has another."""
    Target.objects.update(rate_limit_calls=10, rate_limit_seconds=60)
    lose_the_answer(sandbox, source, target, caller, now)
    for number in range(40):
        owed(source, now, alert(f"Storm{number}"), group=f"g{number}")
    Lane.objects.update(failures=0, paused_until=None)
    drain(target, caller, now + timedelta(minutes=2))
    told = [message.text for message in sandbox.messages("#ops")]
    assert [("DiskFull" in text, "DIGEST" in text) for text in told[1:]] == [(True, False), (False, True)]
    assert not any("DiskFull" in str(message.document) for message in sandbox.messages("#ops")[2:])


def test_what_a_server_may_have_shown_is_marked_when_it_goes_by_a_webhook(
    sandbox: Sandbox, source: Source, target: Target, caller: Client, now: datetime
) -> None:
    lose_the_answer(sandbox, source, target, caller, now)
    target.server, target.channel = None, ""
    target.set_webhook_url(sandbox.hook("#ops").url)
    target.save()
    drain(target, caller, now + timedelta(minutes=2))
    assert ["possible duplicate" in message.text for message in sandbox.messages("#ops")] == [False, False, True]
