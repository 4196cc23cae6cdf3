"""The only room that knows Alertmanager's JSON: webhook bytes in, frozen values out, or Malformed.

Lenient by design: a 4xx may lose the alert for good, so an odd field becomes a default plus a flag, never an error.
"""

from __future__ import annotations

from deliveries.alertmanager.identity import is_repeat, quoted_receiver, state_digest
from deliveries.alertmanager.malformed import Malformed
from deliveries.alertmanager.payload import FLAGS, IncomingAlert, Payload
from deliveries.alertmanager.read import MAX_ALERTS, read

__all__ = [
    "FLAGS",
    "MAX_ALERTS",
    "IncomingAlert",
    "Malformed",
    "Payload",
    "is_repeat",
    "quoted_receiver",
    "read",
    "state_digest",
]
