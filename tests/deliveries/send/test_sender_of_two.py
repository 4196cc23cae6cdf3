"""Sending where two things meet: two messages of a batch, two rooms, two conversations, two copies."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, cast

import pytest
from django.db import OperationalError

from deliveries import database, outbox
from deliveries.models import Attempt, Delivery, Thread
from deliveries.outbox import LEASE, LEASE_MARGIN, Claim
from deliveries.reasons import Reason
from deliveries.rocketchat.client import Client
from deliveries.rocketchat.outcomes import Ending, Outcome
from deliveries.send import sender, stories
from routing.models import Source, Target, Template
from tests import factories
from tests.deliveries.lanes import after, claim, outcome, record, send
from tests.factories import alert, owed

pytestmark = pytest.mark.django_db


class Chat:
    """Answers each post with the next of these, and then well."""

    def __init__(self, now: datetime, *outcomes: Outcome) -> None:
        self.bodies: list[dict[str, Any]] = []
        self._now, self._left = now, list(outcomes)

    def post(self, hook: object, body: dict[str, Any]) -> Outcome:
        self.bodies.append(body)
        return self._left.pop(0) if self._left else outcome(self._now)

    @property
    def client(self) -> Client:
        return cast(Client, self)


@pytest.fixture
def targets() -> tuple[Target, Target]:
    """Both are told of everything."""
    both = factories.make_target("a"), factories.make_target("b")
    factories.make_rule(targets=both)
    return both


def claimed(source: Source, target: Target, now: datetime, messages: int) -> Claim:
    for number in range(messages):
        owed(source, now, group=f"g{number}")
    return claim(target, now)


def work(claimed: Claim, chat: Chat, clock: Callable[[], datetime], stop: Callable[[], bool] = lambda: False) -> int:
    """Sends a claim; returns how many of it were tried."""
    return len(sender._send_claim(claimed, chat.client, clock, lambda: 0.5, stop))


# How far a batch goes.


@pytest.mark.parametrize(("seconds", "tried"), [(0, 4), (2, 4), (2.5, 1)])
def test_a_batch_goes_on_until_it_is_time_to_record(
    source: Source, targets: tuple[Target, Target], now: datetime, seconds: float, tried: int
) -> None:
    """The first goes out however late it is."""
    batch = claimed(source, targets[0], now, 4)
    assert work(batch, Chat(now), lambda: after(now, seconds=seconds)) == tried


@pytest.mark.parametrize(("seconds", "tried"), [(0, 1), (1, 0)])
def test_a_call_may_end_when_its_lease_still_leaves_time_to_record_it(
    source: Source, targets: tuple[Target, Target], now: datetime, seconds: int, tried: int
) -> None:
    batch = claimed(source, targets[0], now, 1)
    last = now + LEASE - outbox.longest_call(targets[0]) - LEASE_MARGIN
    assert work(batch, Chat(now), lambda: after(last, seconds=seconds)) == tried


def test_a_worker_that_was_told_to_stop_asks_no_second_time(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    stops = iter([False, True, False, False])
    assert work(claimed(source, targets[0], now, 4), Chat(now), lambda: now, lambda: next(stops)) == 1


@pytest.mark.parametrize(
    ("answers", "tried"),
    [
        pytest.param("x...", 4, id="one of four is refused"),
        pytest.param("x.x.", 4, id="two are, and another one in between is taken"),
        pytest.param(".xx.", 3, id="two in a row are"),
        pytest.param("xx..", 2, id="the first two are"),
    ],
)
def test_two_refused_messages_in_a_row_end_a_batch(
    source: Source, targets: tuple[Target, Target], now: datetime, answers: str, tried: int
) -> None:
    """Perhaps it is the room."""
    outcomes = [outcome(now, Reason.BAD_MESSAGE if answer == "x" else None) for answer in answers]
    assert work(claimed(source, targets[0], now, 4), Chat(now, *outcomes), lambda: now) == tried


def test_a_room_in_trouble_ends_a_batch_at_once(source: Source, targets: tuple[Target, Target], now: datetime) -> None:
    chat = Chat(now, outcome(now), outcome(now, Reason.CONNECT, Ending.NOT_SENT))
    assert work(claimed(source, targets[0], now, 4), chat, lambda: now) == 2
    assert list(Attempt.objects.order_by("id").values_list("reason", flat=True)) == [
        "",
        "connect",
        "put_back",
        "put_back",
    ]


def test_a_drain_counts_what_it_tried_over_all_its_claims(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    for number in range(6):
        owed(source, now, group=f"g{number}")
    chat = Chat(now)
    assert sender.drain(targets[0].pk, chat.client, clock=lambda: now, worker="w1") == 6
    assert sender.drain(targets[0].pk, chat.client, clock=lambda: now, worker="w1") == 0
    assert len(chat.bodies) == 6


def test_who_waits_for_one_message_hears_of_that_one(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    owed(source, now)
    test = outbox.owe_test(targets[0], "ann", now)
    chat = Chat(now, outcome(now, Reason.GATEWAY, Ending.UNKNOWN))
    found = sender.send_now(test, chat.client, clock=lambda: now, worker="admin")
    assert (found and found.reason, len(chat.bodies)) == (Reason.GATEWAY, 1)
    targets[0].delete()
    test.refresh_from_db()
    assert sender.send_now(test, chat.client, clock=lambda: now, worker="admin") is None


# Recording.


def test_recording_is_tried_each_second_until_the_lease_is_nearly_over(
    source: Source, targets: tuple[Target, Target], now: datetime, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    pauses: list[float] = []
    released: list[int] = []

    def refuse(*args: object, **fields: object) -> None:
        raise OperationalError("the server closed the connection")

    batch = claimed(source, targets[0], now, 1)
    monkeypatch.setattr(outbox, "record", refuse)
    monkeypatch.setattr(sender, "pause", pauses.append)
    monkeypatch.setattr(database, "release", lambda: released.append(len(pauses)))
    with pytest.raises(OperationalError):
        work(batch, Chat(now), lambda: after(now, seconds=len(pauses)))
    assert pauses == [1.0] * (int(LEASE.total_seconds()) - 1)
    # Once before the message, and then each time, so that a connection that died is not used again.
    assert released == [0, *range(len(pauses))]
    assert "What was sent cannot be recorded yet" in caplog.text


def test_what_was_sent_can_be_read_in_the_trail_as_it_was_written(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    owed(source, now, alert("Füllstand"))
    work(claim(targets[0], now), Chat(now), lambda: now)
    assert "Füllstand" in Attempt.objects.get().sent


def test_a_fault_of_one_template_is_no_fault_of_the_next_message(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    template = Template.objects.create(name="odd", headline="{{ 1 / 0 }}")
    factories.make_rule("worded", targets[:1], position=1, matchers='alertname="A"', template=template)
    owed(source, now, alert("A"), group="a")
    owed(source, now, alert("B"), group="b")
    work(claim(targets[0], now), Chat(now), lambda: now)
    assert [bool(fault) for fault in Attempt.objects.order_by("id").values_list("template_fault", flat=True)] == [
        True,
        False,
    ]


def test_plain_text_that_cannot_be_rendered_is_not_said_to_go_out(
    source: Source, targets: tuple[Target, Target], now: datetime, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    """Of two the second was not plain yet: it is tried so, and only of that one it is said."""
    for group in ("a", "b"):
        owed(source, now, group=group)
    first = Delivery.objects.filter(target=targets[0]).earliest("id")
    Delivery.objects.filter(pk=first.pk).update(plain=True)
    monkeypatch.setattr(stories, "body_of", lambda *_: 1 / 0)
    work(claim(targets[0], now), Chat(now), lambda: now)
    said = [line.message for line in caplog.records if "goes out as plain text" in line.message]
    assert (len(said), str(first) in "".join(said)) == (1, False)
    assert set(Attempt.objects.values_list("outcome", "reason")) == {("not_sent", "internal")}


# What the messages of a batch need besides their own rows.


def test_messages_without_a_body_go_beside_those_with_one(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    owed(source, now, alert("A"), group="a")
    outbox.owe_test(targets[0], "ann", now)
    owed(source, now, alert("B"), group="b")
    chat = Chat(now)
    work(claim(targets[0], now), chat, lambda: now)
    assert [next((name for name in ("A ", "test", "B ") if name in body["text"]), "") for body in chat.bodies] == [
        "A ",
        "test",
        "B ",
    ]


def threads_of(target: Target, deliveries: list[Delivery], now: datetime) -> list[Thread]:
    return [
        Thread.objects.create(
            target=target,
            conversation_id=one.conversation_id or 0,
            episode=one.episode,
            rule_id=one.rule_id or 0,
            message_id=f"{target.name}-{one.conversation_id}",
            started_at=now,
        )
        for one in deliveries
    ]


def test_a_thread_is_found_by_its_room_and_its_conversation(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    Target.objects.update(updates="thread")
    first, second = targets
    firing = [owed(source, now, group=group)[0] for group in ("a", "b")]
    Delivery.objects.update(state="delivered", ended_at=now)
    mine, _ = threads_of(first, firing, now)
    threads_of(second, firing, now)
    owed(source, now, alert(status="resolved"), group="a")
    batch = sender._batch(claim(Target.objects.get(pk=first.pk), now))
    assert list(batch.threads.values()) == [mine]


def test_where_each_message_is_new_no_thread_is_looked_for(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    """Nor does its message open one."""
    threads_of(targets[0], owed(source, now)[:1], now)
    batch, chat = claim(targets[0], now), Chat(now)
    assert sender._batch(batch).threads == {}
    work(batch, chat, lambda: now)
    assert ["separateResponse" in body for body in chat.bodies] == [False]


def test_a_thread_goes_on_after_its_rule_was_deleted(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    """Both messages are of no rule by then."""
    Target.objects.update(updates="thread")
    for status in ("firing", "resolved"):
        owed(source, now, alert(status=status))
    targets[0].rules.all().delete()
    chat = Chat(now, Outcome(Ending.DELIVERED, None, 200, "", "", None, now, 0.0, message_id="first"))
    sender.drain(targets[0].pk, chat.client, clock=lambda: now, worker="w1")
    assert [body.get("tmid") for body in chat.bodies] == [None, "first"]
    assert Thread.objects.get().rule_id == 0


def late(source: Source, now: datetime, *groups: str) -> None:
    """A firing of each and, at once, its resolved."""
    for group in groups:
        for status in ("firing", "resolved"):
            owed(source, now, alert(group, status=status), group=group)


def test_each_resolved_tells_of_its_own_late_firing(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    late(source, now, "a", "b")
    batch = claim(targets[0], after(now, minutes=5))
    fired = sender._batch(batch).fired
    assert {pk: [one.conversation_id for one in firings] for pk, firings in fired.items()} == {
        one.pk: [one.conversation_id] for one, _ in batch.pairs
    }
    assert len(fired) == 2


def test_a_copy_of_a_copy_tells_of_the_late_firing_and_its_neighbour_of_nothing_else(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    late(source, now, "a", "b")
    later = after(now, minutes=5)
    first, second = send(targets[0], later)
    for _ in range(2):
        first, second = (
            Delivery.objects.get(pk=outbox.send_again([one.pk], who="ann", now=later).again[one.pk])
            for one in (first, second)
        )
        Delivery.objects.filter(pk__in=(first.pk, second.pk)).update(state="delivered", ended_at=later)
    Delivery.objects.filter(pk=first.pk).update(state="waiting", ended_at=None)
    [(copy, _)] = (batch := claim(targets[0], later)).pairs
    fired = sender._batch(batch).fired
    assert {pk: [one.conversation_id for one in firings] for pk, firings in fired.items()} == {
        copy.pk: [first.conversation_id]
    }


def test_a_digest_reads_nothing_of_what_it_carries_before_its_turn(source: Source, now: datetime) -> None:
    target = factories.make_target(rate_limit_calls=10)
    factories.make_rule(targets=[target])
    for number in range(12):
        owed(source, now, alert(status="resolved"), group=f"g{number}")
    batch = claim(target, now)
    assert [(one.kind, one.status) for one, _ in batch.pairs] == [("digest", "resolved")]
    assert sender._batch(batch).fired == {}


@pytest.mark.parametrize(
    ("status", "statements"),
    [
        pytest.param("firing", 0, id="nothing"),
        pytest.param("resolved", 1, id="the late firings"),
    ],
)
def test_what_a_claim_did_not_bring_is_read_in_few_statements(
    source: Source, targets: tuple[Target, Target], now: datetime, status: str, statements: int,
    django_assert_num_queries: Any,
) -> None:  # fmt: skip
    for group in ("a", "b"):
        owed(source, now, alert(status=status), group=group)
    batch = claim(targets[0], now)
    sender._batch(batch)  # the rules are in memory from now on
    with django_assert_num_queries(statements):
        sender._batch(batch)


def test_a_message_of_two_alone_goes_beside_its_thread_and_opens_another(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    """Its thread was refused."""
    Target.objects.update(updates="thread")
    told = [owed(source, now, group=group)[0] for group in ("a", "b")]
    threads_of(targets[0], told, now)
    Delivery.objects.filter(pk=told[0].pk).update(alone=True)
    chat = Chat(now)
    work(claim(Target.objects.get(pk=targets[0].pk), now), chat, lambda: now)
    assert [("tmid" in body, "separateResponse" in body) for body in chat.bodies] == [(False, True), (True, False)]


def test_results_that_nobody_waits_for_any_more_change_nothing(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    batch = claimed(source, targets[0], now, 2)
    outbox.recover(now + LEASE)
    record(batch, now + LEASE, outcome(now))
    assert set(Delivery.objects.filter(target=targets[0]).values_list("state", "unknown_count")) == {("waiting", 1)}
