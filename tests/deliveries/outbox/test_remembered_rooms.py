"""The room's id that a lane remembers: by whom it is found, when it is stale, when it is forgotten."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from deliveries import outbox
from deliveries.models import Delivery, Lane
from deliveries.outbox import Result
from deliveries.reasons import Reason
from deliveries.rocketchat.outcomes import Outcome
from routing.models import Source, Target
from tests.deliveries.lanes import after, claim, outcome, record
from tests.deliveries.outbox.roads import lane_of, owe, two_roads

pytestmark = pytest.mark.django_db


@pytest.fixture
def targets(now: datetime) -> tuple[Target, Target]:
    return two_roads(now)


def of_room(batch: outbox.Claim, now: datetime, *found: tuple[str, Outcome]) -> None:
    results = [Result(*pair, one, "{}", room_id=room) for pair, (room, one) in zip(batch.pairs, found, strict=True)]
    outbox.record(batch, results, now=now, draw=lambda: 0.5)


def known(target: Target, room_id: str = "OLD") -> None:
    """Its room was found before."""
    Lane.objects.update_or_create(
        target=target, defaults={"room_id": room_id, "room_of": outbox.allowance.room_key(target)}
    )


def test_a_room_is_remembered_by_the_first_that_found_it(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    owe(source, now, 2)
    batch = claim(targets[1], now)
    of_room(batch, now, ("", outcome(now, Reason.INTERNAL)), ("GENERAL", outcome(now)))
    owe(source, now, 1, "later")
    assert claim(targets[1], now).room_id == "GENERAL"


def test_a_room_that_is_gone_halfway_is_forgotten_and_asked_for_at_once(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    """The message before found it by the same id. It is no trouble of the target yet."""
    owe(source, now, 2)
    known(targets[1])
    batch = claim(targets[1], now)
    assert batch.room_id == "OLD"
    of_room(batch, now, ("OLD", outcome(now)), ("", outcome(now, Reason.BAD_ROOM)))
    lane, gone = lane_of(targets[1]), Delivery.objects.get(pk=batch.pairs[1][0].pk)
    assert (lane.room_id, lane.refusals, gone.next_attempt_at, gone.tries, gone.plain) == ("", 0, now, 1, False)


@pytest.mark.parametrize(
    ("place", "room_id", "reason", "is_stale"),
    [
        pytest.param(1, "OLD", Reason.BAD_ROOM, True, id="the room that was kept is refused"),
        pytest.param(1, "", Reason.BAD_ROOM, False, id="no room was kept"),
        pytest.param(1, "OLD", Reason.FORBIDDEN, False, id="something else is refused"),
        pytest.param(0, "OLD", Reason.BAD_ROOM, False, id="a hook has its room itself"),
    ],
)
def test_only_a_room_that_was_kept_may_be_stale(
    source: Source,
    targets: tuple[Target, Target],
    now: datetime,
    place: int,
    room_id: str,
    reason: Reason,
    is_stale: bool,
) -> None:
    owe(source, now, 1)
    known(targets[place], room_id)
    record(claim(targets[place], now), now, outcome(now, reason))
    assert (lane_of(targets[place]).refusals == 0) is is_stale


def test_a_broken_target_forgets_its_room_and_learns_none_from_what_it_refused(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    owe(source, now, 1)
    since = after(now, minutes=-2)
    last: dict[str, Any] = {"suspect_since": since, "refusals": 2, "last_error_at": since, "probe_at": now}
    known(targets[1])
    Lane.objects.update(**last)
    of_room(claim(targets[1], now), now, ("NEW", outcome(now, Reason.FORBIDDEN)))
    lane = lane_of(targets[1])
    assert (lane.broken_at, lane.broken_reason, lane.room_id) == (since, "forbidden", "")
