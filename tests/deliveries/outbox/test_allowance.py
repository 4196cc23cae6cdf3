"""Two budgets at once: a room's own and that of the server's account behind it. The scarcer one decides."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from deliveries import outbox
from deliveries.models import Lane, ServerLane
from deliveries.outbox import allowance
from deliveries.outbox.allowance import Allowance
from deliveries.reasons import Reason
from routing.models import RocketChatServer, Target
from tests import factories
from tests.deliveries.lanes import after, claim, outcome, record, try_claim

pytestmark = pytest.mark.django_db


def budget(calls: int, seconds: int = 60) -> dict[str, Any]:
    return {"rate_limit_calls": calls, "rate_limit_seconds": seconds}


def lane_of(own: dict[str, Any], servers: dict[str, Any], **fields: Any) -> Lane:
    """Of a room behind a server; another server and its room stand before it."""
    factories.make_rest_target(factories.make_server("other"), "#other")
    ServerLane.objects.create(server=RocketChatServer.objects.get())
    room = factories.make_rest_target(factories.make_server(**servers), "#ops", **own | fields)
    lane = Lane.objects.create(target=room)
    ServerLane.objects.create(server_id=room.server_id or 0)
    return lane


def servers_row(lane: Lane) -> ServerLane:
    return ServerLane.objects.get(server=lane.target.server)


def begun(lane: Lane, own: list[float], servers: list[float], now: datetime) -> Allowance:
    """So many seconds ago calls were made from this room, and from all rooms of its server."""
    Lane.objects.filter(pk=lane.pk).update(calls=[now.timestamp() - ago for ago in own])
    ServerLane.objects.filter(pk=lane.target.server_id).update(calls=[now.timestamp() - ago for ago in servers])
    lane.refresh_from_db()
    return allowance.of(lane, now)


def test_a_pause_of_the_server_keeps_back_a_room_without_any_budget_until_its_very_end(now: datetime) -> None:
    lane = lane_of(budget(0), budget(0))
    outbox.owe_test(lane.target, "ann", now)
    until = after(now, seconds=30)
    ServerLane.objects.filter(pk=lane.target.server_id).update(paused_until=until)
    assert try_claim(lane.target, now) is None
    lane.refresh_from_db()
    assert lane.paused_until == until
    assert try_claim(lane.target, after(until, seconds=-1)) is None
    assert len(claim(lane.target, until).pairs) == 1


def test_a_pause_of_the_server_that_is_over_before_a_call_is_free_does_not_shorten_the_wait(now: datetime) -> None:
    lane = lane_of(budget(1), budget(1))
    ServerLane.objects.filter(pk=lane.target.server_id).update(paused_until=after(now, seconds=5))
    begun(lane, [], [1.0], now).wait(now)
    assert lane.paused_until == after(now, seconds=59.5)


def test_a_pause_of_the_lane_itself_is_no_part_of_the_budget(now: datetime) -> None:
    """A person's test message passes by it."""
    lane = lane_of(budget(5), budget(5))
    lane.paused_until = after(now, minutes=9)
    assert allowance.of(lane, now).free == 5
    assert allowance.purses_of(lane)[0].free_at(now) < after(now, minutes=2)


@pytest.mark.parametrize(
    ("own", "servers", "seconds"),
    [
        pytest.param(budget(1, 10), budget(5, 600), 9.5, id="its own is used up, the server's is not"),
        pytest.param(budget(5, 600), budget(1, 10), 9.5, id="the server's is used up, its own is not"),
        pytest.param(budget(1, 10), budget(1, 60), 59.5, id="both are used up"),
        pytest.param(budget(1, 60), budget(1, 10), 59.5, id="both are, and its own for longer"),
    ],
)
def test_it_waits_for_the_last_of_the_budgets_that_are_used_up(
    own: dict[str, Any], servers: dict[str, Any], seconds: float, now: datetime
) -> None:
    allowed = begun(lane_of(own, servers), [1.0], [1.0], now)
    assert allowed.free == 0
    allowed.wait(now)
    assert Lane.objects.get(pk=allowed.lane.pk).paused_until == after(now, seconds=seconds)


def test_calls_that_a_clock_set_back_has_moved_ahead_count_from_now_once(now: datetime) -> None:
    lane = lane_of(budget(1), budget(1))
    outbox.owe_test(lane.target, "ann", now)
    begun(lane, [-3600.0], [-3600.0], now)
    assert try_claim(lane.target, now) is None
    assert (Lane.objects.get(pk=lane.pk).calls, servers_row(lane).calls) == ([now.timestamp()], [now.timestamp()])
    assert try_claim(lane.target, after(now, seconds=60)) is None
    assert try_claim(lane.target, after(now, seconds=60.5)) is not None


@pytest.mark.parametrize(
    ("own", "servers", "at_once"),
    [
        (budget(10), budget(0), 5),
        (budget(0), budget(10), 5),
        (budget(10), budget(40), 5),
        (budget(40), budget(10), 5),
        (budget(3), budget(10), 3),
        (budget(0), budget(0), 1_000_000),
    ],
)
def test_at_once_goes_half_of_the_scarcer_budget(
    own: dict[str, Any], servers: dict[str, Any], at_once: int, now: datetime
) -> None:
    assert allowance.of(lane_of(own, servers), now).at_once() == at_once


def test_a_room_that_never_merges_has_all_of_its_budget_at_once(now: datetime) -> None:
    lane = lane_of(budget(10), budget(40), digest_after=0)
    assert allowance.of(lane, now).at_once() == 10


def test_a_budget_without_a_limit_sets_no_pace(now: datetime) -> None:
    assert allowance.of(lane_of(budget(10), budget(0)), now).pace() == 6.0


@pytest.mark.parametrize(
    ("own", "servers", "seconds"),
    [([1.0] * 5, [0.5] * 5, 1.5), ([0.5] * 5, [1.0] * 5, 1.5), ([1.0] * 5, [], 1.0), ([], [0.5] * 5, 1.5)],
)
def test_the_second_half_is_kept_back_until_both_budgets_let_it_go(
    own: list[float], servers: list[float], seconds: float, now: datetime
) -> None:
    allowed = begun(lane_of(budget(10), budget(10)), own, servers, now)
    assert allowed.held_back_until(now) == after(now, seconds=seconds)


def test_a_budget_without_a_limit_keeps_nothing_back_and_counts_no_call(now: datetime) -> None:
    lane = lane_of(budget(0), budget(10))
    allowed = begun(lane, [1.0] * 5, [], now)
    assert allowed.held_back_until(now) is None
    allowed.reserve(2, now)
    assert (len(Lane.objects.get(pk=lane.pk).calls), servers_row(lane).calls) == (5, [now.timestamp()] * 2)


def test_both_budgets_count_a_call_from_when_it_ended_and_that_of_another_server_does_not(now: datetime) -> None:
    lane = lane_of(budget(10), budget(10))
    for _ in range(2):
        outbox.owe_test(lane.target, "ann", now)
    claimed = claim(lane.target, now)
    other = ServerLane.objects.exclude(pk=lane.target.server_id).get()
    reserved = [now.timestamp()] * 2
    assert (Lane.objects.get(pk=lane.pk).calls, servers_row(lane).calls, other.calls) == (reserved, reserved, [])
    record(claimed, after(now, seconds=2), outcome(now, duration=1.5))
    ended = [now.timestamp() + 1.5] * 2
    assert (Lane.objects.get(pk=lane.pk).calls, servers_row(lane).calls) == (ended, ended)


def test_too_many_messages_pauses_all_rooms_of_the_server_and_the_longer_pause_stands(now: datetime) -> None:
    lane = lane_of(budget(10), budget(10))
    tests = [outbox.owe_test(lane.target, "ann", now) for _ in range(2)]
    claims = [claim(lane.target, now, only=test.pk) for test in tests]
    for claimed, seconds in zip(claims, (90.0, 30.0), strict=True):
        record(claimed, now, outcome(now, Reason.RATE_LIMITED, retry_after=seconds))
    assert servers_row(lane).paused_until == after(now, seconds=90)
    assert set(ServerLane.objects.exclude(pk=lane.target.server_id).values_list("paused_until", flat=True)) == {None}
    assert set(Lane.objects.values_list("paused_until", flat=True)) == {None}


def test_a_server_nobody_called_yet_has_its_row_made_once() -> None:
    server = factories.make_server()
    assert [allowance.lock_server(server).pk for _ in range(2)] == [server.pk] * 2


def test_what_a_room_was_found_by_fits_its_column() -> None:
    server = RocketChatServer(base_url="https://" + "h" * 300)
    assert len(allowance.room_key(Target(server=server, channel="#ops"))) == 250
