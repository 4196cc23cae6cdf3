"""What becomes of what a digest carries: two digests, and each shares its own fate only."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from deliveries import outbox
from deliveries.models import Delivery, Lane
from deliveries.outbox import carrying
from deliveries.reasons import Reason
from deliveries.rocketchat.outcomes import Ending
from routing.models import Target
from tests import factories
from tests.deliveries.lanes import after, send, try_claim
from tests.factories import owed

pytestmark = pytest.mark.django_db
TEN_A_MINUTE: dict[str, Any] = {"rate_limit_calls": 10, "rate_limit_seconds": 60}


@pytest.fixture
def targets(now: datetime) -> tuple[Target, Target]:
    """Both have a storm."""
    both = factories.make_target("a", **TEN_A_MINUTE), factories.make_target("b", **TEN_A_MINUTE)
    factories.make_rule(targets=both)
    source = factories.make_source()
    for number in range(12):
        owed(source, now, group=f"g{number}")
    return both


@pytest.fixture
def digests(targets: tuple[Target, Target], now: datetime) -> tuple[Delivery, Delivery]:
    """One of each, tried in vain; the room of the first may have it."""
    for target, kind in zip(targets, (Ending.UNKNOWN, Ending.NOT_SENT), strict=True):
        assert [one.kind for one in send(target, now, Reason.TIMEOUT, kind)] == ["digest"]
    first, second = (Delivery.objects.get(kind="digest", target=target) for target in targets)
    return first, second


def carried(digest: Delivery, *fields: str) -> set[tuple[Any, ...]]:
    return set(Delivery.objects.filter(kind="alert", target=digest.target).values_list(*fields))


def test_what_a_digest_carried_that_ended_badly_waits_by_itself_from_then_on(
    digests: tuple[Delivery, Delivery], now: datetime
) -> None:
    first, second = digests
    later = after(now, minutes=1)
    carrying.undo({first.pk}, later)
    words = "The digest that carried it could not be delivered."
    fields = ("state", "next_attempt_at", "reason", "explanation", "carried_by", "in_doubt")
    assert carried(first, *fields) == {("waiting", later, "", words, None, True)}
    assert carried(second, "state", "carried_by") == {("merged", second.pk)}
    assert set(Delivery.objects.filter(kind="digest").values_list("pk", "settled")) == {
        (first.pk, True),
        (second.pk, False),
    }


def test_only_what_was_in_a_doubtful_digest_is_in_doubt(digests: tuple[Delivery, Delivery], now: datetime) -> None:
    first, second = digests
    carrying.undo({first.pk, second.pk}, now)
    assert (carried(first, "in_doubt"), carried(second, "in_doubt")) == ({(True,)}, {(False,)})


def test_what_is_in_doubt_in_another_digest_stays_there(digests: tuple[Delivery, Delivery], now: datetime) -> None:
    first, second = digests
    carrying.undo({second.pk}, now)
    assert carried(first, "in_doubt", "state") == {(False, "merged")}


def test_either_sign_puts_what_a_digest_carried_in_doubt(digests: tuple[Delivery, Delivery], now: datetime) -> None:
    """Through a server the digest itself is in none: its id keeps it from being posted twice, and that of what it carried
    does not."""
    first, second = digests
    Delivery.objects.filter(pk=first.pk).update(in_doubt=False, unknown_count=1)
    Delivery.objects.filter(pk=second.pk).update(in_doubt=True, unknown_count=0)
    carrying.undo({first.pk, second.pk}, now)
    assert (carried(first, "in_doubt"), carried(second, "in_doubt")) == ({(True,)}, {(True,)})


def test_only_the_room_that_refused_its_digest_merges_nothing_for_ten_minutes(
    digests: tuple[Delivery, Delivery], now: datetime
) -> None:
    first, second = digests
    carrying.undo({first.pk}, now, {first.target_id, None})
    paused = dict(Lane.objects.values_list("target", "no_digest_until"))
    assert paused == {first.target_id: after(now, minutes=10), second.target_id: None}


def test_what_a_digest_carries_ends_when_it_is_in_the_room_and_nothing_of_another(
    digests: tuple[Delivery, Delivery], targets: tuple[Target, Target], now: datetime
) -> None:
    first, second = digests
    later = after(now, minutes=1)
    Lane.objects.update(failures=0, probe_at=None)
    assert [one.pk for one in send(targets[1], later)] == [second.pk]
    assert (carried(first, "ended_at"), carried(second, "state", "ended_at")) == ({(None,)}, {("merged", later)})


def test_what_one_digest_carries_is_given_up_with_it_alone(digests: tuple[Delivery, Delivery], now: datetime) -> None:
    first, second = digests
    settled = outbox.give_up([first.pk], who="ann", reason="over", now=now)
    assert len(settled.given_up) == 13
    assert (carried(first, "state"), carried(second, "state", "carried_by")) == (
        {("cancelled",)},
        {("merged", second.pk)},
    )


def test_a_target_that_was_deleted_leaves_nothing_of_its_digest_open_and_the_other_as_it_is(
    digests: tuple[Delivery, Delivery], targets: tuple[Target, Target], now: datetime
) -> None:
    second = digests[1]
    targets[0].delete()
    assert outbox.close_orphans(now) == 13
    gone = set(Delivery.objects.filter(target=None).values_list("state", "reason", "ended_at"))
    assert gone == {("cancelled", "target_deleted", now)}
    assert carried(second, "state", "carried_by") == {("merged", second.pk)}
    assert try_claim(targets[1], after(now, minutes=2)) is not None
