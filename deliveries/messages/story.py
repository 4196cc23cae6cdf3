"""What a message tells (Story) and how its target wants to see it (Look)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from deliveries.alertmanager import IncomingAlert


@dataclass(frozen=True, slots=True)
class Story:
    """One delivery: alerts of one rule for one target, all firing or all resolved; none at all in a test message.

    possible_duplicate is 0, or the attempt number when an earlier attempt may have reached the room unseen.
    resend_of is the delivery that an admin chose to send again.
    owed_at is when the room should have heard: what comes more than a minute later says so.
    note is AlertHub's own word about this message, fired_too the firing that is told together with this resolved.
    In a message that is edited in place, alerts may be of both statuses; then the story's is firing if any alert fires.
    """

    status: str
    severity: str
    alerts: tuple[IncomingAlert, ...]
    source_name: str
    rule_name: str
    delivery_id: int
    trail_url: str
    external_url: str
    receiver: str
    group_labels: dict[str, str]
    truncated_alerts: int
    now: datetime
    possible_duplicate: int = 0
    resend_of: int | None = None
    is_test: bool = False
    owed_at: datetime | None = None
    note: str = ""
    fired_too: tuple[IncomingAlert, ...] = ()

    @property
    def is_resolved(self) -> bool:
        return self.status == "resolved"


@dataclass(frozen=True, slots=True)
class Look:
    """text_limit is Rocket.Chat's Message_MaxAllowedSize, in UTF-16 units. Empty texts leave the choice to Rocket.Chat."""

    text_limit: int = 5000
    alias: str = ""
    emoji: str = ""
    avatar: str = ""
    channel: str = ""
