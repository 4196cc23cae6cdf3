"""Trying the rules without sending: what would become of alerts, and the messages word for word.

`entry` reads what a person gives, `trial` decides and renders it by the road that sending takes.
"""

from __future__ import annotations

from deliveries.foresight.tryout.entry import Entry, Unreadable, of_alert, of_body, of_labels, of_notification
from deliveries.foresight.tryout.trial import AlertTrial, MessageTrial, Trial, run, worded

__all__ = [
    "AlertTrial",
    "Entry",
    "MessageTrial",
    "Trial",
    "Unreadable",
    "of_alert",
    "of_body",
    "of_labels",
    "of_notification",
    "run",
    "worded",
]
