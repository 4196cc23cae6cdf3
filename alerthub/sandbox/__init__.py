"""A stand-in Rocket.Chat: incoming webhooks, the REST calls AlertHub uses, faults on request, and a page of rooms.

Standard library only, nothing else of AlertHub: it also runs as a thread of the supervisor.
"""

from __future__ import annotations

from .eras import Eras
from .faults import Endpoint, Fault, Received
from .rooms import Message
from .server import ROOMS, Sandbox, default_hook_urls
from .state import Hook
from .users import BOT, PLAIN, RestAccount, default_account

__all__ = [
    "BOT",
    "PLAIN",
    "ROOMS",
    "Endpoint",
    "Eras",
    "Fault",
    "Hook",
    "Message",
    "Received",
    "RestAccount",
    "Sandbox",
    "default_account",
    "default_hook_urls",
]
