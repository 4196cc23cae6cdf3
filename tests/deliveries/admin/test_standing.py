"""The two sentences at the top of a delivery's page."""

from __future__ import annotations

import html
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils.html import strip_tags

from deliveries import reasons
from deliveries.admin import standing
from deliveries.admin.standing import Standing
from deliveries.models import Attempt, Delivery, Lane
from routing.models import Source, Target
from tests.factories import alert, make_rule, make_source, make_target, owed

# The walk in test_handmade.py opens every page and address on each database.
pytestmark = [pytest.mark.django_db, pytest.mark.anywhere]


@pytest.fixture
def target() -> Target:
    target = make_target()
    make_rule("Web", [target])
    return target


@pytest.fixture
def delivery(target: Target, now: datetime) -> Delivery:
    return owed(make_source(), now)[0]


def stands(delivery: Delivery, now: datetime) -> Standing:
    return standing.of(delivery, now, delivery.attempts.order_by("-number").first())


def attempted(delivery: Delivery, outcome: str, reason: str, now: datetime) -> None:
    Attempt.objects.create(
        delivery=delivery, number=1, worker="w-1", started_at=now, duration_ms=87,
        outcome=outcome, reason=reason, sent_to="https://chat.example/…a1b2",
    )  # fmt: skip
    delivery.attempt_count = 1


def read(text: str) -> str:
    """As a person reads it."""
    return html.unescape(strip_tags(text))


def ended(delivery: Delivery, state: str, now: datetime, reason: str = "", explanation: str = "") -> Delivery:
    delivery.state, delivery.reason, delivery.explanation, delivery.ended_at = state, reason, explanation, now
    return delivery


def test_a_delivered_one_says_when_and_how_long_it_took(delivery: Delivery, now: datetime) -> None:
    attempted(delivery, "delivered", "", now)
    told = stands(ended(delivery, "delivered", now), now)
    assert read(told.why) == "Rocket.Chat took it at 10:02:11 with attempt 1. It took 87 ms."


def test_a_delivered_one_with_an_unknown_attempt_says_it_may_be_there_twice(delivery: Delivery, now: datetime) -> None:
    attempted(delivery, "delivered", "", now)
    delivery.unknown_count = 1
    assert "may be there twice" in stands(ended(delivery, "delivered", now), now).then


def test_a_fresh_one_waits_for_a_worker(delivery: Delivery, now: datetime) -> None:
    told = stands(delivery, now)
    assert (told.why, told.then) == ("It has not been tried yet.", "It is due now: the next free worker takes it.")


def test_one_that_nobody_takes_points_to_the_workers(delivery: Delivery, now: datetime) -> None:
    assert "check that a worker runs" in stands(delivery, now + timedelta(minutes=2)).then


def test_a_failed_one_says_when_it_is_tried_again_and_what_to_do(delivery: Delivery, now: datetime) -> None:
    attempted(delivery, "not_sent", "dns", now)
    delivery.next_attempt_at = now + timedelta(seconds=49)
    told = stands(delivery, now)
    assert told.why == "Attempt 1 failed: Host name not found."
    assert read(told.then).startswith(
        "Next attempt at 10:03:00; AlertHub gives up at 24 Nov 10:02:11. Check the host name"
    )


def test_one_for_a_disabled_target_says_so(delivery: Delivery, target: Target, now: datetime) -> None:
    target.enabled = False
    target.save()
    assert stands(Delivery.objects.get(), now).why == "The target ops is disabled."


def test_one_behind_the_rate_limit_says_until_when(delivery: Delivery, target: Target, now: datetime) -> None:
    Lane.objects.create(target=target, paused_until=now + timedelta(seconds=49))
    told = stands(delivery, now)
    assert (told.why, read(told.then)) == ("The rate limit of the target ops is used up.", "It is sent after 10:03:00.")


def test_one_for_a_target_in_trouble_says_what_trouble(delivery: Delivery, target: Target, now: datetime) -> None:
    pause = now + timedelta(seconds=49)
    Lane.objects.create(target=target, paused_until=pause, failures=3, last_error="Cannot connect.")
    told = stands(delivery, now)
    assert told.why == "It has not been tried yet. The target ops is in trouble: Cannot connect."
    assert read(told.then).startswith("Next attempt at 10:03:00;")


def test_one_behind_an_earlier_message_names_it(delivery: Delivery, now: datetime) -> None:
    [later] = owed(Source.objects.get(), now, alert(status="resolved"))
    assert f"behind {delivery}," in stands(later, now).why


def test_a_rejected_one_says_what_to_do_before_sending_again(delivery: Delivery, now: datetime) -> None:
    told = stands(ended(delivery, "rejected", now, "not_found"), now)
    assert read(told.why) == "It was refused for good at 10:02:11: Webhook not found."
    assert told.then.endswith("For a server: correct its address. Then send it again.")


def test_an_expired_one_says_how_often_it_was_tried(delivery: Delivery, now: datetime) -> None:
    delivery.attempt_count = 12
    told = stands(ended(delivery, "expired", now, "timeout"), now)
    assert read(told.why) == "AlertHub gave up at 10:02:11 after 12 attempts; the last one: No answer in time."


def test_a_cancelled_one_gives_its_explanation(delivery: Delivery, now: datetime) -> None:
    told = stands(ended(delivery, "cancelled", now, "target_deleted", "Its target was deleted."), now)
    assert told.why == "Its target was deleted."


def test_one_under_way_names_its_worker(delivery: Delivery, now: datetime) -> None:
    attempted(delivery, "", "", now)
    delivery.state, delivery.lease_until = "sending", now + timedelta(seconds=45)
    assert stands(delivery, now).why == "Worker w-1 is sending it: attempt 1."


@pytest.mark.parametrize("state", Delivery.State)
def test_every_state_has_a_sentence(delivery: Delivery, now: datetime, state: str) -> None:
    assert stands(ended(delivery, state, now), now).why.endswith(".")


def held(delivery: Delivery, now: datetime, **fields: Any) -> Delivery:
    defaults: dict[str, Any] = {
        "broken_at": now,
        "broken_reason": "unauthorized",
        "probe_at": now + timedelta(minutes=15),
    }
    assert delivery.target is not None
    Lane.objects.create(target=delivery.target, **defaults | fields)
    Delivery.objects.filter(pk=delivery.pk).update(state="held", reason="target_broken")
    return Delivery.objects.get(pk=delivery.pk)


def test_a_held_one_says_since_when_why_and_what_mends_it(delivery: Delivery, now: datetime) -> None:
    told = stands(held(delivery, now), now)
    assert read(told.why) == f"The target ops takes no messages since 10:02:11: {reasons.label('unauthorized')}."
    assert read(told.then).startswith(reasons.advice("unauthorized"))
    assert "AlertHub tries it again at 10:17:11, and at once when" in read(told.then)


def test_a_held_one_that_is_never_probed_says_so(delivery: Delivery, now: datetime) -> None:
    told = stands(held(delivery, now, broken_reason="gone", probe_at=None), now)
    assert "and not before" in told.then


def test_a_held_one_of_a_disabled_target_says_who_sends_it(delivery: Delivery, target: Target, now: datetime) -> None:
    Target.objects.update(enabled=False)
    told = stands(held(delivery, now, broken_reason="disabled_here"), now)
    assert (told.why, told.then) == (
        "The target ops is disabled.",
        "It is sent when somebody enables the target.",
    )


def test_a_held_one_says_who_was_told_in_its_place(delivery: Delivery, now: datetime) -> None:
    Target.objects.filter(deliveries=delivery).update(fallback_target=make_target("spare"))
    Delivery.objects.update(fell_back=True)
    assert stands(held(delivery, now), now).why.endswith("Its fallback target spare was told in its place.")


def carried(delivery: Delivery, now: datetime, kind: str, **fields: object) -> Delivery:
    """The carrier of a delivery."""
    times = {"created_at": now, "next_attempt_at": now, "expires_at": now}
    carrier = Delivery.objects.create(kind=kind, target=delivery.target, target_name="ops", **times | fields)
    Delivery.objects.filter(pk=delivery.pk).update(carried_by=carrier)
    return carrier


def test_a_merged_one_leads_to_its_digest(delivery: Delivery, now: datetime) -> None:
    digest = carried(delivery, now, "digest")
    Delivery.objects.filter(pk=delivery.pk).update(state="merged")
    told = stands(Delivery.objects.get(pk=delivery.pk), now)
    assert (
        told.why
        == f'The digest <a href="/admin/deliveries/delivery/{digest.pk}/change/">{digest}</a> tells of it: pending.'
    )
    assert "it waits again by itself" in told.then


def test_a_merged_one_says_when_its_digest_told_of_it(delivery: Delivery, now: datetime) -> None:
    carried(delivery, now, "digest", state="delivered", ended_at=now)
    Delivery.objects.filter(pk=delivery.pk).update(state="merged", ended_at=now)
    assert "told of it at 10:02:11." in read(stands(Delivery.objects.get(pk=delivery.pk), now).why)


def test_an_expired_one_leads_to_the_line_that_told_of_it(delivery: Delivery, now: datetime) -> None:
    line = carried(delivery, now, "expiry")
    Delivery.objects.filter(pk=delivery.pk).update(state="expired", reason="too_late", ended_at=now)
    assert f"{line}</a> told the room of it." in stands(Delivery.objects.get(pk=delivery.pk), now).why


@pytest.mark.parametrize(
    ("fields", "todo"),
    [
        ({"state": "rejected", "reason": "bad_message"}, "and send it again. Or give it up."),
        ({"state": "expired", "reason": "too_late"}, "Send it again if it still matters, or give it up."),
        ({"state": "rejected", "reason": "poison"}, "of its attempts. Then send it again. Or give it up."),
        ({"state": "rejected", "kind": "digest"}, "What it carried goes out by itself: give it up."),
        ({"state": "expired", "target": None}, "Its target was deleted: open it and send it to another one"),
        ({"state": "held"}, "Send it again, or give it up."),
    ],
)
def test_a_dead_letter_says_what_to_do(delivery: Delivery, fields: dict[str, object], todo: str) -> None:
    for name, value in fields.items():
        setattr(delivery, name, value)
    assert todo in standing.todo(delivery)
