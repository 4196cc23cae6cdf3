"""Which silence covers an alert. Pure: a silence is matchers and the time between two moments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from routing.rules.matchers import Matcher


@dataclass(frozen=True, slots=True)
class Quiet:
    """The frozen value of one silence; the end is not included."""

    silence_id: int
    matchers: tuple[Matcher, ...]
    starts_at: datetime
    ends_at: datetime
    author: str
    comment: str

    def covers(self, labels: Mapping[str, str], now: datetime) -> bool:
        return self.starts_at <= now < self.ends_at and self.matches(labels)

    def matches(self, labels: Mapping[str, str]) -> bool:
        return all(matcher.matches(labels) for matcher in self.matchers)

    def __str__(self) -> str:
        return f"S-{self.silence_id}"


def covering(labels: Mapping[str, str], quiets: Iterable[Quiet], now: datetime) -> Quiet | None:
    """The covering silence that ends last: until then the alert is not told."""
    found = [quiet for quiet in quiets if quiet.covers(labels, now)]
    return max(found, key=lambda quiet: quiet.ends_at, default=None)


def covers_everything(matchers: Iterable[Matcher]) -> bool:
    """True if an alert without labels would be covered: as in Alertmanager, at least one matcher must not match that."""
    return all(matcher.matches({}) for matcher in matchers)
