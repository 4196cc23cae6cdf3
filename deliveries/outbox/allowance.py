"""How many calls may start now: the budget of a lane and, for REST targets, that of the server's account behind it.

The rows are locked by the caller's transaction: first the lane, then the server's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from deliveries.models import Lane, ServerLane
from deliveries.outbox import budget, digest
from routing.models import RocketChatServer, Target

Row = Lane | ServerLane
_ANY = 1_000_000


@dataclass(slots=True)
class Purse:
    """One budget and the row that keeps its calls."""

    row: Row
    limit: int
    period: int

    @property
    def paused_until(self) -> datetime | None:
        """The server's pause. Who asks what is free has looked at the lane's own before."""
        return self.row.paused_until if isinstance(self.row, ServerLane) else None

    def free(self, now: datetime) -> int | None:
        if self.paused_until is not None and self.paused_until > now:
            return 0
        return budget.free(self.row.calls, self.limit, self.period, now.timestamp())

    def free_at(self, now: datetime) -> datetime:
        at = budget.free_at(self.row.calls, self.limit, self.period, now.timestamp()) if self.limit else now
        return max(at, self.paused_until or at)


@dataclass(slots=True)
class Allowance:
    """`free`: how many calls may start now; None means any number."""

    lane: Lane
    purses: list[Purse]
    free: int | None

    def wait(self, now: datetime) -> None:
        """Nothing is free: pause the lane until something is."""
        empty = [purse for purse in self.purses if purse.free(now) == 0]
        self.lane.paused_until = max(purse.free_at(now) for purse in empty)
        for purse in self.purses:
            # Calls that a clock set back has moved into the future count from now, once.
            purse.row.calls = budget.reserve(purse.row.calls, 0, purse.period, now.timestamp())
            purse.row.save(update_fields=["calls"])
        self.lane.save(update_fields=["paused_until"])

    def pause(self, until: datetime) -> None:
        self.lane.paused_until = until
        self.lane.save(update_fields=["paused_until"])

    def at_once(self) -> int:
        """How many messages may go in one batch: half of the budget goes at once, the rest may be needed for digests."""
        if self.free is None:
            return _ANY
        if not self.lane.target.digest_after:
            return self.free
        return min(budget.first_half(self.free, purse.limit) for purse in self._limited())

    def at_most(self) -> int:
        return _ANY if self.free is None else self.free

    def pace(self) -> float:
        """Seconds between calls that use the budget up evenly."""
        return max((purse.period / purse.limit for purse in self._limited()), default=0.0)

    def calls_within(self, now: datetime, within: float) -> int:
        """How many calls may start from now until `within` seconds from now."""
        moment = now.timestamp()
        return min(
            digest.calls_within(purse.row.calls, purse.limit, purse.period, moment, within) for purse in self.purses
        )

    def held_back_until(self, now: datetime) -> datetime | None:
        """Until when the second half of the budget is kept back because the first half just went; None if it is not."""
        moments = [
            until
            for purse in self._limited()
            if (until := budget.held_back_until(purse.row.calls, purse.limit, purse.period, now.timestamp()))
            is not None
        ]
        return datetime.fromtimestamp(max(moments), UTC) if moments else None

    def reserve(self, count: int, now: datetime) -> None:
        """Count `count` calls as made now."""
        for purse in self._limited():
            purse.row.calls = budget.reserve(purse.row.calls, count, purse.period, now.timestamp())
            purse.row.save(update_fields=["calls"])

    def correct(self, reserved_at: datetime, count: int, ended: Sequence[float]) -> None:
        """What was reserved counts from when it was really sent; what was not sent is given back. Does not save the lane."""
        for purse in self._limited():
            purse.row.calls = budget.correct(purse.row.calls, reserved_at.timestamp(), count, ended)
            if isinstance(purse.row, ServerLane):
                purse.row.save(update_fields=["calls"])

    def _limited(self) -> list[Purse]:
        return [purse for purse in self.purses if purse.limit]


def of(lane: Lane, now: datetime) -> Allowance:
    """Locks the server's lane of a REST target."""
    purses = purses_of(lane)
    numbers = [free for purse in purses if (free := purse.free(now)) is not None]
    return Allowance(lane, purses, min(numbers, default=None))


def purses_of(lane: Lane) -> list[Purse]:
    target = lane.target
    purses = [Purse(lane, target.rate_limit_calls, target.rate_limit_seconds)]
    if target.server is not None:
        row = lock_server(target.server)
        purses.append(Purse(row, target.server.rate_limit_calls, target.server.rate_limit_seconds))
    return purses


def make_lane(target_id: int) -> None:
    """... unless there is one, or its target was deleted. Waits for nobody who works on that lane."""
    targets = Target.objects.filter(pk=target_id, lane=None)
    Lane.objects.bulk_create([Lane(target=target) for target in targets], ignore_conflicts=True)


def lock_server(server: RocketChatServer) -> ServerLane:
    lanes = ServerLane.objects.select_for_update().filter(pk=server.pk)
    row = lanes.first()
    if row is None:
        ServerLane.objects.bulk_create([ServerLane(server=server)], ignore_conflicts=True)
        row = lanes.get()
    return row


def room_key(target: Target) -> str:
    """What a resolved room id was resolved for: it holds as long as this stays the same."""
    return f"{target.server_id}:{target.server.base_url if target.server else ''}:{target.channel}"[:250]
