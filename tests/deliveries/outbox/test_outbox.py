"""Claims, leases and records: order is kept, nothing is claimed twice, a late worker cannot overwrite."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from deliveries import outbox
from deliveries.models import Attempt, Delivery, Lane
from deliveries.outbox import Claim, Result
from deliveries.reasons import Reason
from deliveries.rocketchat.outcomes import Ending, Outcome
from routing.models import Source, Target
from tests import factories
from tests.deliveries.lanes import claim, outcome, try_claim
from tests.factories import alert, owed

pytestmark = pytest.mark.django_db


def finish(claimed: Claim, now: datetime, *outcomes: Outcome) -> None:
    results = [
        Result(delivery, attempt, one, "{}") for (delivery, attempt), one in zip(claimed.pairs, outcomes, strict=False)
    ]
    outbox.record(claimed, results, now=now, draw=lambda: 0.5)


def test_an_attempt_is_written_before_anything_is_sent(source: Source, target: Target, now: datetime) -> None:
    owed(source, now)
    claim(target, now)
    assert Attempt.objects.get().outcome == ""


def test_only_the_head_of_a_conversation_is_claimed(source: Source, target: Target, now: datetime) -> None:
    owed(source, now)
    owed(source, now, alert(status="resolved"))
    claimed = claim(target, now)
    assert [delivery.status for delivery, _ in claimed.pairs] == ["firing"]


def test_the_next_follows_when_the_head_is_delivered(source: Source, target: Target, now: datetime) -> None:
    owed(source, now)
    owed(source, now, alert(status="resolved"))
    finish(claim(target, now), now, outcome(now))
    assert [delivery.status for delivery, _ in claim(target, now).pairs] == ["resolved"]


def test_a_head_that_waits_for_its_retry_holds_its_conversation(source: Source, target: Target, now: datetime) -> None:
    owed(source, now)
    owed(source, now, alert(status="resolved"))
    finish(claim(target, now), now, outcome(now, Reason.CONNECT, Ending.NOT_SENT))
    assert try_claim(target, now) is None


def test_other_conversations_do_not_wait_for_it(source: Source, target: Target, now: datetime) -> None:
    owed(source, now)
    finish(claim(target, now), now, outcome(now, Reason.CONNECT, Ending.NOT_SENT))
    owed(source, now, group="{}:{other}")
    assert len(claim(target, now).pairs) == 1


def test_what_is_claimed_is_not_claimed_again(source: Source, target: Target, now: datetime) -> None:
    owed(source, now)
    claim(target, now)
    assert try_claim(target, now) is None


def test_the_database_refuses_two_on_their_way_in_one_conversation(
    source: Source, target: Target, now: datetime
) -> None:
    owed(source, now)
    owed(source, now, alert(status="resolved"))
    with pytest.raises(IntegrityError), transaction.atomic():
        Delivery.objects.update(state="sending")


def test_a_delivered_message_ends(source: Source, target: Target, now: datetime) -> None:
    owed(source, now)
    finish(claim(target, now), now, outcome(now))
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.tries, delivery.ended_at, delivery.lease_token) == ("delivered", 1, now, None)


def test_a_failed_try_waits_on_the_row(source: Source, target: Target, now: datetime) -> None:
    owed(source, now)
    finish(claim(target, now), now, outcome(now, Reason.CONNECT, Ending.NOT_SENT, error="refused"))
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.reason, delivery.next_attempt_at) == (
        "waiting",
        "connect",
        now + timedelta(seconds=1),
    )


def test_rate_limited_pauses_the_lane_and_uses_no_try(source: Source, target: Target, now: datetime) -> None:
    owed(source, now)
    finish(claim(target, now), now, outcome(now, Reason.RATE_LIMITED, status=429, retry_after=30.0))
    assert Lane.objects.get().paused_until == now + timedelta(seconds=30)
    assert Delivery.objects.get().tries == 0


def test_a_paused_lane_gives_nothing(source: Source, target: Target, now: datetime) -> None:
    owed(source, now)
    Lane.objects.create(target=target, paused_until=now + timedelta(seconds=5))
    assert try_claim(target, now) is None
    assert outbox.due_targets(now) == {}


def test_a_message_rocketchat_cannot_take_is_sent_once_more_as_plain_text(
    source: Source, target: Target, now: datetime
) -> None:
    owed(source, now)
    finish(claim(target, now), now, outcome(now, Reason.BAD_MESSAGE, status=400))
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.plain, delivery.next_attempt_at) == ("waiting", True, now)


def test_refused_as_plain_text_too_it_is_rejected_with_the_words(source: Source, target: Target, now: datetime) -> None:
    """Once the room takes others, which AlertHub's own line shows if nothing else does."""
    owed(source, now)
    refusal = outcome(now, Reason.BAD_MESSAGE, status=400, error="Rocket.Chat says: Match error")
    later = now + timedelta(seconds=5)
    for moment, fate in ((now, refusal), (now, refusal), (later, outcome(later)), (later, refusal), (later, refusal)):
        finish(claim(target, moment), moment, fate)
    delivery = Delivery.objects.get(kind="alert")
    assert (delivery.state, delivery.explanation) == ("rejected", "Rocket.Chat says: Match error")


def test_a_message_past_its_age_ends_as_expired(source: Source, target: Target, now: datetime) -> None:
    owed(source, now)
    later = now + timedelta(hours=25)
    finish(claim(target, later), later, outcome(later, Reason.CONNECT, Ending.NOT_SENT))
    assert Delivery.objects.get(kind="alert").state == "expired"


def test_an_unknown_outcome_is_counted(source: Source, target: Target, now: datetime) -> None:
    owed(source, now)
    finish(claim(target, now), now, outcome(now, Reason.TIMEOUT, Ending.UNKNOWN))
    assert Delivery.objects.get().unknown_count == 1


def test_what_a_claim_did_not_send_goes_back_unsent(source: Source, target: Target, now: datetime) -> None:
    owed(source, now)
    owed(source, now, group="{}:{other}")
    claimed = claim(target, now)
    finish(claimed, now, outcome(now))
    assert list(Attempt.objects.order_by("id").values_list("outcome", "reason")) == [
        ("delivered", ""),
        ("not_sent", "put_back"),
    ]
    assert Delivery.objects.filter(state="waiting", tries=0).count() == 1


def test_a_lost_lease_is_taken_back_as_unknown(source: Source, target: Target, now: datetime) -> None:
    owed(source, now)
    claim(target, now)
    outbox.recover(now + outbox.LEASE)
    assert (Attempt.objects.get().outcome, Attempt.objects.get().reason) == ("unknown", "lease_expired")
    assert (Delivery.objects.get().state, Delivery.objects.get().unknown_count) == ("waiting", 1)


def test_a_living_lease_is_left_alone(source: Source, target: Target, now: datetime) -> None:
    owed(source, now)
    claim(target, now)
    assert outbox.recover(now + outbox.LEASE - timedelta(seconds=1)) == 0


def test_a_lease_outlasts_the_longest_call_of_its_target(source: Source, now: datetime) -> None:
    target = factories.make_target(timeout=30)
    factories.make_rule(targets=[target])
    owed(source, now)
    assert claim(target, now).lease_until > now + timedelta(seconds=35)


def test_a_worker_that_lost_its_lease_cannot_overwrite(source: Source, target: Target, now: datetime) -> None:
    owed(source, now)
    late = claim(target, now)
    again = now + outbox.LEASE
    outbox.recover(again)
    claim(target, again)
    finish(late, again, outcome(now))
    assert Delivery.objects.get().state == "sending"
    assert Attempt.objects.get(number=1).outcome == "unknown"


def test_a_budget_is_shared_by_all_claims(source: Source, now: datetime) -> None:
    target = factories.make_target(rate_limit_calls=3, rate_limit_seconds=60, digest_after=0)
    factories.make_rule(targets=[target])
    for number in range(5):
        owed(source, now, group=f"g{number}")
    assert len(claim(target, now).pairs) == 3
    assert try_claim(target, now) is None


def test_an_exhausted_budget_names_the_moment_it_is_free(source: Source, now: datetime) -> None:
    target = factories.make_target(rate_limit_calls=1, rate_limit_seconds=60)
    factories.make_rule(targets=[target])
    owed(source, now)
    finish(claim(target, now), now, outcome(now))
    owed(source, now, group="other")
    assert try_claim(target, now + timedelta(seconds=1)) is None
    assert outbox.due_targets(now + timedelta(seconds=59)) == {}
    assert len(claim(target, now + timedelta(seconds=61)).pairs) == 1


def test_a_batch_that_may_outlast_the_period_has_no_other_beside_it(source: Source, now: datetime) -> None:
    target = factories.make_target(rate_limit_calls=1, rate_limit_seconds=5)
    factories.make_rule(targets=[target])
    for number in range(2):
        owed(source, now, group=f"g{number}")
    assert len(claim(target, now).pairs) == 1
    assert try_claim(target, now + timedelta(seconds=6)) is None


def test_trouble_does_not_shorten_the_wait_rocketchat_asked_for(source: Source, target: Target, now: datetime) -> None:
    Lane.objects.create(target=target, failures=9)
    owed(source, now)
    claimed = claim(target, now)
    Lane.objects.update(paused_until=now + timedelta(seconds=900))
    finish(claimed, now, outcome(now, Reason.CONNECT, Ending.NOT_SENT))
    assert Lane.objects.get().paused_until == now + timedelta(seconds=900)


def test_what_waited_past_its_age_ends_with_that_reason(source: Source, target: Target, now: datetime) -> None:
    owed(source, now)
    later = now + timedelta(hours=25)
    outbox.expire_overdue(later)
    delivery = Delivery.objects.get(kind="alert")
    assert (delivery.state, delivery.reason, delivery.ended_at) == ("expired", "too_late", later)


def test_what_was_tried_ends_with_the_reason_of_its_last_try(source: Source, target: Target, now: datetime) -> None:
    owed(source, now)
    finish(claim(target, now), now, outcome(now, Reason.CONNECT, Ending.NOT_SENT))
    outbox.expire_overdue(now + timedelta(hours=25))
    delivery = Delivery.objects.get(kind="alert")
    assert (delivery.state, delivery.reason) == ("expired", "connect")


def test_what_is_young_enough_goes_on_waiting(source: Source, target: Target, now: datetime) -> None:
    owed(source, now)
    assert outbox.expire_overdue(now + timedelta(hours=23)) == 0


def test_a_lane_in_trouble_is_tried_with_one_message(source: Source, target: Target, now: datetime) -> None:
    for number in range(5):
        owed(source, now, group=f"g{number}")
    finish(claim(target, now), now, outcome(now, Reason.CONNECT, Ending.NOT_SENT))
    assert len(claim(target, now).pairs) == 1


def test_a_disabled_target_keeps_its_deliveries_waiting(source: Source, target: Target, now: datetime) -> None:
    owed(source, now)
    Target.objects.update(enabled=False)
    assert (try_claim(target, now), outbox.due_targets(now)) == (None, {})


def test_deleting_a_target_keeps_history_and_ends_what_is_owed(source: Source, target: Target, now: datetime) -> None:
    owed(source, now)
    target.delete()
    outbox.close_orphans(now)
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.reason, delivery.target_name) == ("cancelled", "target_deleted", "ops")


def test_deleting_a_rule_keeps_history(source: Source, target: Target, now: datetime) -> None:
    owed(source, now)
    target.rules.all().delete()
    assert Delivery.objects.get().rule_name == "all"


def test_claiming_costs_the_same_for_one_and_for_many(
    source: Source, target: Target, now: datetime, django_assert_max_num_queries: Any
) -> None:
    for number in range(40):
        owed(source, now, group=f"g{number}")
    Lane.objects.create(target=target, streak=100)
    # With those that frame a transaction in a transaction.
    with django_assert_max_num_queries(5 if connection.vendor == "postgresql" else 10):
        claimed = claim(target, now)
    with django_assert_max_num_queries(5 if connection.vendor == "postgresql" else 9):
        finish(claimed, now, *[outcome(now)] * len(claimed.pairs))


def test_a_token_that_is_not_the_claims_records_nothing(source: Source, target: Target, now: datetime) -> None:
    owed(source, now)
    claimed = claim(target, now)
    claimed.token = uuid.uuid4()
    finish(claimed, now, outcome(now))
    assert Delivery.objects.get().state == "sending"
