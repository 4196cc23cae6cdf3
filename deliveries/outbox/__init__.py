"""The only writer of delivery state: owe, claim, merge, record, hold, settle, recover.

The row is the truth. A claim is a lease: its token fences every later write, so a worker that was thought dead
cannot overwrite what happened since.
"""

from __future__ import annotations

from deliveries.outbox.claiming import LEASE, LEASE_MARGIN, RECORD_AFTER, claim, due_targets, longest_call
from deliveries.outbox.expiring import expire_overdue
from deliveries.outbox.holding import tend
from deliveries.outbox.owing import due, owe, owe_notice, owe_of, owe_test
from deliveries.outbox.recording import record
from deliveries.outbox.recovery import close_orphans, recover, unfreeze
from deliveries.outbox.settling import AT_MOST, Settled, give_up, is_dead, send_again, try_now
from deliveries.outbox.stand_ins import owe_to_stand_ins
from deliveries.outbox.values import Claim, Result

__all__ = [
    "AT_MOST",
    "LEASE",
    "LEASE_MARGIN",
    "RECORD_AFTER",
    "Claim",
    "Result",
    "Settled",
    "claim",
    "close_orphans",
    "due",
    "due_targets",
    "expire_overdue",
    "give_up",
    "is_dead",
    "longest_call",
    "owe",
    "owe_notice",
    "owe_of",
    "owe_test",
    "owe_to_stand_ins",
    "record",
    "recover",
    "send_again",
    "tend",
    "try_now",
    "unfreeze",
]
