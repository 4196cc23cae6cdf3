"""What a report says, as frozen values. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from deliveries.figures.percentiles import percentile

DAYS = (7, 30, 90)
"""Over how many days there is a report."""
HOURS = (
    60.0,
    120.0,
    300.0,
    600.0,
    900.0,
    1_800.0,
    3_600.0,
    7_200.0,
    14_400.0,
    28_800.0,
    86_400.0,
    259_200.0,
    604_800.0,
)
"""Upper bounds in seconds of what people take: to acknowledge, to resolve."""
NIGHT_BEGINS, NIGHT_ENDS = 22, 6
"""The hours of the clock between which somebody is woken."""
NIGHT = f"{NIGHT_BEGINS:02}:00 to {NIGHT_ENDS:02}:00"


@dataclass(frozen=True, slots=True)
class Spread:
    """How long something took, in seconds: how often it was measured, the middle, and what nine of ten stay below.

    Read from a histogram: near, not exact. Without a measurement `median` and `p90` are None.
    """

    count: int = 0
    median: float | None = None
    p90: float | None = None

    @classmethod
    def of(cls, counts: Mapping[int, int]) -> Spread:
        """`counts` by the place among HOURS."""
        return cls(sum(counts.values()), percentile(counts, 0.5, HOURS), percentile(counts, 0.9, HOURS))


@dataclass(frozen=True, slots=True)
class Course:
    """How firings went: how many, of how many alerts, how many burn still, how many somebody acknowledged, and how long it took."""

    firings: int = 0
    alerts: int = 0
    burning: int = 0
    acknowledged: int = 0
    to_acknowledge: Spread = field(default_factory=Spread)
    to_resolve: Spread = field(default_factory=Spread)

    @property
    def share_acknowledged(self) -> float | None:
        """None: nothing fired."""
        return self.acknowledged / self.firings if self.firings else None


@dataclass(frozen=True, slots=True)
class NameLine:
    """One alert name: firing messages that told of it, those at night, into how many rooms; and how its firings went."""

    name: str
    told: int = 0
    at_night: int = 0
    rooms: int = 0
    course: Course = field(default_factory=Course)

    @property
    def flaps(self) -> bool:
        """It fires and is resolved again and again, and soon."""
        course = self.course
        again = course.firings >= 5 and course.firings >= 3 * course.alerts
        return again and (course.to_resolve.median or 0.0) <= 3_600 and course.to_resolve.count > 0


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule: firing messages owed because of it. `rule_id` None: rules that were deleted."""

    rule_id: int | None
    name: str
    told: int
    at_night: int
    is_fallback: bool = False


@dataclass(frozen=True, slots=True)
class SeverityLine:
    severity: str
    course: Course


@dataclass(frozen=True, slots=True)
class TargetLine:
    """One target: what was owed to it and where that stands, and the seconds that 95 of 100 took to the room.

    `target_id` None: targets that were deleted; and in `course`, firings that were told to nobody at first.
    """

    target_id: int | None
    name: str
    delivered: int = 0
    undelivered: int = 0
    pending: int = 0
    p95: float | None = None
    course: Course = field(default_factory=Course)


@dataclass(frozen=True, slots=True)
class SilenceLine:
    """One silence that was longer than a day: its hours inside of the report's time, and what it kept back then."""

    silence_id: int
    author: str
    comment: str
    matchers: str
    hours: float
    kept_back: int
    ends_at: datetime
    is_active: bool


@dataclass(frozen=True, slots=True)
class Report:
    """Each part is sorted, the worst first. `hours`: firing messages by the hour of the clock in `zone`."""

    since: datetime
    until: datetime
    days: int
    zone: str
    hours: tuple[int, ...]
    names: tuple[NameLine, ...]
    rules: tuple[RuleLine, ...]
    severities: tuple[SeverityLine, ...]
    targets: tuple[TargetLine, ...]
    silences: tuple[SilenceLine, ...]
    is_cut: bool = False
    """There are more alert names than a report holds: the quietest were left out."""

    @property
    def told(self) -> int:
        return sum(self.hours)

    @property
    def at_night(self) -> int:
        return sum(count for hour, count in enumerate(self.hours) if is_night(hour))

    def without_silences(self) -> Report:
        """For who may not see them."""
        return replace(self, silences=())

    @property
    def is_empty(self) -> bool:
        return not (self.told or self.names or self.targets or self.silences)


def is_night(hour: int) -> bool:
    return hour >= NIGHT_BEGINS or hour < NIGHT_ENDS
