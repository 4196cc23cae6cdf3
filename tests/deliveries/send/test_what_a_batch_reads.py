"""What a batch reads where two things meet: bodies, threads, late firings, copies of copies."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from deliveries import outbox
from deliveries.models import Delivery, Thread
from deliveries.rocketchat.outcomes import Ending, Outcome
from deliveries.send import batches, sender
from routing.models import Source, Target
from tests import factories
from tests.deliveries.lanes import after, claim, send
from tests.deliveries.send.chat import Chat, work
from tests.factories import alert, owed

pytestmark = pytest.mark.django_db


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
    batch = batches.of(claim(Target.objects.get(pk=first.pk), now))
    assert list(batch.threads.values()) == [mine]


def test_where_each_message_is_new_no_thread_is_looked_for(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    """Nor does its message open one."""
    threads_of(targets[0], owed(source, now)[:1], now)
    batch, chat = claim(targets[0], now), Chat(now)
    assert batches.of(batch).threads == {}
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
    fired = batches.of(batch).fired
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
    fired = batches.of(batch).fired
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
    assert batches.of(batch).fired == {}


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
    batches.of(batch)  # the rules are in memory from now on
    with django_assert_num_queries(statements):
        batches.of(batch)


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
