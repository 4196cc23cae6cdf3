"""The only room that knows Alertmanager's JSON: webhook bytes in, frozen values out, or Malformed.

Lenient by design: a 4xx may lose the alert for good, so an odd field becomes a default plus a flag, never an error.
"""

from __future__ import annotations

from deliveries.alertmanager.identity import State, is_repeat, quoted_receiver, says_that_it_begins, state_of
from deliveries.alertmanager.malformed import Malformed
from deliveries.alertmanager.payload import FLAGS, IncomingAlert, Payload
from deliveries.alertmanager.read import MAX_ALERTS, read

__all__ = [
    "FLAGS",
    "MAX_ALERTS",
    "IncomingAlert",
    "Malformed",
    "Payload",
    "State",
    "is_repeat",
    "quoted_receiver",
    "read",
    "says_that_it_begins",
    "state_of",
]
