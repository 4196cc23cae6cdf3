"""What the outbox hands out and takes back: a claim, and what came of each delivery in it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from deliveries.models import Attempt, Delivery
from deliveries.rocketchat.outcomes import Outcome
from routing.models import Target

NO_LEASE: dict[str, Any] = {"lease_token": None, "lease_until": None}
"""The columns of a delivery that nobody holds any more."""


@dataclass(slots=True)
class Claim:
    """Deliveries this worker may send until `lease_until`, in order, each with its attempt already written."""

    target: Target
    token: uuid.UUID
    claimed_at: datetime
    lease_until: datetime
    pairs: list[tuple[Delivery, Attempt]] = field(default_factory=list)
    room_id: str = ""
    """The room's id for the REST API, if it was resolved before for what the target names now."""
    rules_version: int | None = None
    """Of the rules in force when it was made: their wordings tell its messages."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one claimed delivery. `opens`: the message that the next ones of its episode refer to. `beside`: it was
    under way together with the one before it in its claim."""

    delivery: Delivery
    attempt: Attempt
    outcome: Outcome
    sent: str
    opens: bool = False
    room_id: str = ""
    beside: bool = False
    fault: str = ""
    """Why its template could not be used."""
