"""The rows of what happened, one file an idea. Only `ingest` and `outbox` write them."""

from __future__ import annotations

from deliveries.models.acknowledgement import Acknowledgement
from deliveries.models.alert import Alert, Occurrence
from deliveries.models.attempt import Attempt
from deliveries.models.closing import Closing
from deliveries.models.dead import DeadLetter
from deliveries.models.delivery import Delivery
from deliveries.models.lane import Lane, ServerLane, Thread, Worker
from deliveries.models.notification import Conversation, Notification, Ruleset
from deliveries.models.rejected import RejectedRequest
from deliveries.models.saved_filter import SavedFilter
from deliveries.models.trouble import Intervention, Trouble, Watch

__all__ = [
    "Acknowledgement",
    "Alert",
    "Attempt",
    "Closing",
    "Conversation",
    "DeadLetter",
    "Delivery",
    "Intervention",
    "Lane",
    "Notification",
    "Occurrence",
    "RejectedRequest",
    "Ruleset",
    "SavedFilter",
    "ServerLane",
    "Thread",
    "Trouble",
    "Watch",
    "Worker",
]
