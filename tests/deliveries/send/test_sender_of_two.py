"""Sending where two things meet: two messages of a batch, two rooms, two conversations, two copies."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.db import OperationalError

from deliveries import database, outbox
from deliveries.models import Attempt, Delivery
from deliveries.outbox import LEASE, LEASE_MARGIN, Claim
from deliveries.reasons import Reason
from deliveries.rocketchat.outcomes import Ending
from deliveries.send import sender, stories
from routing.models import Source, Target, Template
from tests import factories
from tests.deliveries.lanes import after, claim, outcome, record
from tests.deliveries.send.chat import Chat, work
from tests.factories import alert, owed

pytestmark = pytest.mark.django_db


def claimed(source: Source, target: Target, now: datetime, messages: int) -> Claim:
    for number in range(messages):
        owed(source, now, group=f"g{number}")
    return claim(target, now)


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


def test_results_that_nobody_waits_for_any_more_change_nothing(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    batch = claimed(source, targets[0], now, 2)
    outbox.recover(now + LEASE)
    record(batch, now + LEASE, outcome(now))
    assert set(Delivery.objects.filter(target=targets[0]).values_list("state", "unknown_count")) == {("waiting", 1)}
