"""The kinds of trouble, and one trouble as it is found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from deliveries.labelled import Labelled


class TroubleKind(Labelled):
    """What can be wrong: the closed set."""

    TARGET = "target", "target unhealthy"
    LATE = "late", "deliveries late"
    WORKER = "worker", "worker missing"
    REFUSED = "refused", "requests refused"
    UNREAD = "unread", "notifications not read"
    STUCK = "stuck", "alerts not woken"
    UNROUTED = "unrouted", "alerts told to nobody"
    REJECTED = "rejected", "messages rejected"
    HINTS = "hints", "hints not read"


Key = tuple[TroubleKind, str]
"""A trouble is known by its kind and its subject: which target, worker or source."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong now. `what` and `advice` are sentences that stay the same while it lasts."""

    kind: TroubleKind
    subject: str
    since: datetime
    what: str
    advice: str
    page: str
    """The page of the admin where it is mended; begins with a slash."""
    severity: str = "critical"
    about: int | None = None
    """The target it concerns: that one is never told."""
    again_after: timedelta | None = None
    """What somebody did on purpose is told again after so long; None: once."""

    @property
    def key(self) -> Key:
        return self.kind, self.subject

    @property
    def detail(self) -> str:
        return f"{self.what} {self.advice}"

    @property
    def stops_ping(self) -> bool:
        """Messages are not on time because of it; a target somebody disabled is no reason."""
        return (
            self.kind
            in (TroubleKind.TARGET, TroubleKind.LATE, TroubleKind.WORKER, TroubleKind.UNREAD, TroubleKind.STUCK)
            and self.again_after is None
        )
