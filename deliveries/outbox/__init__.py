"""The only writer of delivery state: owe, claim, merge, record, hold, recover.

The row is the truth. A claim is a lease: its token fences every later write, so a worker that was thought dead
cannot overwrite what happened since.
"""

from __future__ import annotations

from deliveries.outbox.claiming import LEASE, LEASE_MARGIN, RECORD_AFTER, Claim, claim, due_targets, longest_call
from deliveries.outbox.expiring import expire_overdue
from deliveries.outbox.fallback import fall_back
from deliveries.outbox.holding import tend
from deliveries.outbox.owing import for_alerts, owe, owe_again, owe_notice, owe_test
from deliveries.outbox.recording import Result, record
from deliveries.outbox.recovery import close_orphans, recover

__all__ = [
    "LEASE",
    "LEASE_MARGIN",
    "RECORD_AFTER",
    "Claim",
    "Result",
    "claim",
    "close_orphans",
    "due_targets",
    "expire_overdue",
    "fall_back",
    "for_alerts",
    "longest_call",
    "owe",
    "owe_again",
    "owe_notice",
    "owe_test",
    "record",
    "recover",
    "tend",
]
