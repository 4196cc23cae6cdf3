"""What is written of each delivery of a claim, by what became of it; two of every fate."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from deliveries import outbox
from deliveries.models import Attempt, Delivery, Lane, Thread
from deliveries.outbox import Claim, Result
from deliveries.reasons import Reason
from deliveries.rocketchat.outcomes import Ending, Outcome
from routing.models import Source, Target
from tests import factories
from tests.deliveries.lanes import after, claim, outcome, record
from tests.factories import alert, owed

pytestmark = pytest.mark.django_db


@pytest.fixture
def targets() -> tuple[Target, Target]:
    """Both are told of everything, by a hook and through a server."""
    both = factories.make_target("a"), factories.make_rest_target(factories.make_server(rate_limit_calls=0), "#b")
    factories.make_rule(targets=both)
    return both


def claimed(source: Source, target: Target, now: datetime, messages: int, **fields: Any) -> Claim:
    for number in range(messages):
        owed(source, now, group=f"g{number}")
    Delivery.objects.update(**fields or {"kind": "alert"})
    return claim(target, now)


def finish(claim: Claim, now: datetime, *results: dict[str, Any]) -> None:
    """Records these of the first deliveries of a claim; the rest goes back unsent."""
    made = [Result(*pair, **fields) for pair, fields in zip(claim.pairs, results, strict=False)]
    outbox.record(claim, made, now=now, draw=lambda: 0.5)


def rows(claim: Claim, *fields: str) -> list[tuple[Any, ...]]:
    ids = [one.pk for one, _ in claim.pairs]
    return list(Delivery.objects.filter(pk__in=ids).order_by("id").values_list(*fields))


def test_each_of_a_batch_is_written_by_what_became_of_it_and_leased_by_nobody(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    batch = claimed(source, targets[0], now, 4, reason="timeout", explanation="It did not answer.")
    outcomes = (outcome(now), outcome(now, Reason.INTERNAL, error="Odd."), outcome(now))
    finish(batch, after(now, seconds=1), *({"outcome": one, "sent": "{}"} for one in outcomes))
    fields = ("state", "reason", "explanation", "tries", "ended_at", "lease_token", "lease_until")
    ended = after(now, seconds=1)
    assert rows(batch, *fields) == [
        ("delivered", "", "", 1, ended, None, None),
        ("waiting", "internal", "Odd.", 1, None, None, None),
        ("delivered", "", "", 1, ended, None, None),
        ("waiting", "timeout", "It did not answer.", 0, None, None, None),
    ]
    assert set(Delivery.objects.filter(target=targets[1]).values_list("state", "tries", "explanation")) == {
        ("waiting", 0, "It did not answer.")
    }


@pytest.mark.parametrize(
    ("before", "fate", "state", "tries"),
    [
        pytest.param({}, {"reason": Reason.INTERNAL}, "waiting", 4, id="it is tried again"),
        pytest.param({}, {"reason": Reason.RATE_LIMITED}, "waiting", 3, id="the limit is reached"),
        pytest.param({}, {"reason": Reason.FORBIDDEN}, "waiting", 3, id="nobody knows yet who is to blame"),
        pytest.param({}, {"reason": Reason.PARTIAL}, "rejected", 4, id="it is rejected"),
        pytest.param({"expires_at": -1}, {"reason": Reason.INTERNAL}, "expired", 4, id="it expires"),
        pytest.param({"broken": 1}, {"reason": Reason.FORBIDDEN}, "held", 4, id="it is held"),
    ],
)
def test_a_try_is_counted_unless_it_was_none_of_the_message(
    source: Source,
    targets: tuple[Target, Target],
    now: datetime,
    before: dict[str, int],
    fate: dict[str, Any],
    state: str,
    tries: int,
) -> None:
    batch = claimed(source, targets[0], now, 2, tries=3)
    if "expires_at" in before:
        Delivery.objects.update(expires_at=after(now, seconds=-1))
        for one, _ in batch.pairs:
            one.expires_at = after(now, seconds=-1)
    if "broken" in before:
        Lane.objects.update(broken_at=now, broken_reason="forbidden", suspect_since=now, refusals=3)
    for one, _ in batch.pairs:
        one.tries = 3
    finish(batch, now, {"outcome": outcome(now, **fate), "sent": "{}"})
    assert rows(batch, "state", "tries") == [(state, tries), ("waiting", 3)]


def test_what_may_be_in_the_room_is_counted_and_is_in_doubt_where_no_id_can_tell(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    """Of two in a batch the second was not sent."""
    claimed(source, targets[0], now, 2)
    Delivery.objects.update(state="waiting", lease_token=None, lease_until=None)
    for target in targets:
        batch = claim(target, now)
        finish(batch, now, {"outcome": outcome(now, Reason.TIMEOUT, Ending.UNKNOWN), "sent": "{}"})
        assert rows(batch, "unknown_count", "in_doubt") == [(1, target.server is None), (0, False)]


def test_a_message_whose_id_is_taken_has_another_one_and_is_in_doubt(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    batch = claimed(source, targets[1], now, 2)
    before = [one.message_id for one, _ in batch.pairs]
    record(batch, now, outcome(now, Reason.ID_TAKEN), outcome(now, Reason.INTERNAL))
    (first, doubt), (second, no_doubt) = rows(batch, "message_id", "in_doubt")
    assert (first != before[0], doubt, second == before[1], no_doubt) == (True, True, True, False)


def test_a_message_whose_thread_is_refused_goes_alone_from_then_on_and_its_neighbour_does_not(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    batch = claimed(source, targets[1], now, 2)
    record(batch, now, outcome(now, Reason.CANNOT_UPDATE), outcome(now, Reason.INTERNAL))
    assert rows(batch, "alone") == [(True,), (False,)]


def test_a_rejected_alert_is_a_dead_letter_and_nothing_stops_to_merge(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    batch = claimed(source, targets[0], now, 2)
    record(batch, now, outcome(now, Reason.PARTIAL), outcome(now))
    assert rows(batch, "state", "settled", "ended_at") == [("rejected", False, now), ("delivered", False, now)]
    assert Lane.objects.get().no_digest_until is None


def test_the_trail_holds_of_each_try_what_fits_into_it(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    batch = claimed(source, targets[0], now, 2)
    fate = Outcome(Ending.DELIVERED, None, 201, "yes", "no", None, after(now, seconds=1), 1.234, message_id="m" * 70)
    finish(batch, now, {"outcome": fate, "sent": '{"text": 1}', "fault": "f" * 600})
    fields = (
        "outcome", "status_code", "answer", "error", "started_at", "duration_ms", "sent", "message_id", "template_fault",
    )  # fmt: skip
    first, second = Attempt.objects.order_by("id").values_list(*fields)
    begun = after(now, seconds=1)
    assert first == ("delivered", 201, "yes", "no", begun, 1234, '{"text": 1}', "m" * 60, "f" * 500)
    assert second == ("not_sent", None, "", "", now, None, "", "", "")


@pytest.mark.parametrize(
    ("reason", "state"), [pytest.param(Reason.PARTIAL, "rejected"), pytest.param(Reason.INTERNAL, "expired")]
)
def test_a_digest_that_ends_badly_frees_what_it_carries_and_its_room_merges_nothing_for_a_while(
    source: Source, now: datetime, reason: Reason, state: str
) -> None:
    target = factories.make_target(rate_limit_calls=10)
    factories.make_rule(targets=[target])
    batch = claimed(source, target, now, 12, expires_at=now)
    record(batch, now, outcome(now, reason))
    assert rows(batch, "kind", "state", "settled") == [("digest", state, True)]
    carried = Delivery.objects.filter(kind="alert").values_list("state", "carried_by", "ended_at")
    assert (carried.count(), set(carried)) == (12, {("waiting", None, None)})
    assert Lane.objects.get().no_digest_until == after(now, minutes=10)


# Threads.


def opened(now: datetime, message_id: str, *, opens: bool = True, room_id: str = "") -> dict[str, Any]:
    fate = Outcome(Ending.DELIVERED, None, 200, "", "", None, now, 0.0, message_id=message_id)
    return {"outcome": fate, "sent": "{}", "opens": opens, "room_id": room_id}


def test_a_thread_is_opened_by_what_begins_one_and_was_told_its_id(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    """An old server says nothing of the id; and what is in a thread opens no other."""
    batch = claimed(source, targets[1], now, 3)
    finish(batch, now, opened(now, "first", room_id="GENERAL"), opened(now, ""), opened(now, "third", opens=False))
    [thread] = Thread.objects.all()
    delivery = batch.pairs[0][0]
    assert (thread.message_id, thread.room_id, thread.started_at, thread.target) == (
        "first",
        "GENERAL",
        now,
        targets[1],
    )
    assert (thread.conversation_id, thread.episode, thread.rule_id) == (
        delivery.conversation_id, delivery.episode, delivery.rule_id,
    )  # fmt: skip


def test_a_message_that_opens_a_second_thread_of_its_episode_takes_the_place_of_the_first(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    """The first was refused, as somebody had deleted its message."""
    later = after(now, seconds=1)
    for moment, alerts, message_id in ((now, [alert()], "a" * 70), (later, [alert(), alert("Other")], "b" * 70)):
        owed(source, moment, *alerts)
        finish(claim(targets[1], moment), moment, opened(moment, message_id, room_id=message_id[:9]))
    [thread] = Thread.objects.all()
    assert (thread.message_id, thread.room_id, thread.started_at) == ("b" * 60, "b" * 9, later)
