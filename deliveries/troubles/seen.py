"""What one look at the database saw, as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class TargetSeen:
    """A target and how its lane stands. Of what it is owed only alerts and digests count, never AlertHub's own words."""

    id: int
    name: str
    enabled: bool = True
    broken_at: datetime | None = None
    broken_reason: str = ""
    opened_at: datetime | None = None
    last_error: str = ""
    period: int = 0
    """Seconds of the longest rate limit that applies; 0: none does."""
    paused_until: datetime | None = None
    oldest_due: datetime | None = None
    """Since when the longest due delivery could be sent."""
    oldest_held: datetime | None = None


@dataclass(frozen=True, slots=True)
class WorkerSeen:
    """`name` is host and process id, `seen_at` when it last said that it lives; `deaf_since` when it found that it reads
    no hints: none of those in the broker, or, with `broker_is_away`, because that cannot be reached."""

    name: str
    started_at: datetime
    seen_at: datetime
    deaf_since: datetime | None = None
    broker_is_away: bool = False

    @property
    def host(self) -> str:
        return self.name.rpartition(":")[0]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Requests refused lately for one reason; `source` is empty where the token told none."""

    source: str
    sender: str
    status: int
    reason: str
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Rejected:
    """A message that ended as rejected lately and that nobody settled; `words` are Rocket.Chat's, or say why else."""

    delivery: str
    target: str
    target_id: int | None
    severity: str
    at: datetime
    words: str


@dataclass(frozen=True, slots=True)
class Unread:
    """Notifications of one source that are stored but not read yet."""

    source: str
    number: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Stuck:
    """Alerts of one source that were kept back and cannot be told now."""

    source: str
    number: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Unrouted:
    """Alerts reached rules that name no target and do not say that they only record; `since` the first of the last day."""

    rules: Sequence[str]
    since: datetime


@dataclass(frozen=True, slots=True)
class Seen:
    """`limit`: how late a delivery may be; `missing_after`: how long a worker may be silent."""

    now: datetime
    limit: timedelta = timedelta(minutes=5)
    missing_after: timedelta = timedelta(seconds=60)
    targets: Sequence[TargetSeen] = ()
    workers: Sequence[WorkerSeen] = ()
    refusals: Sequence[Refusal] = ()
    unread: Sequence[Unread] = ()
    stuck: Sequence[Stuck] = ()
    unrouted: Unrouted | None = None
    rejected: Sequence[Rejected] = ()
    accepted_as: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """For a sender: the sources whose token it used lately."""
    mended_at: Mapping[int, datetime] = field(default_factory=dict)
    """For a target: when the last trouble with it was over."""
