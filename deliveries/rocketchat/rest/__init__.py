"""Posting through Rocket.Chat's REST API: send, edit, find the room, and say exactly what is wrong with a server."""

from __future__ import annotations

from deliveries.rocketchat.rest.account import Account
from deliveries.rocketchat.rest.checking import Step, check
from deliveries.rocketchat.rest.rooms import Resolved, resolve
from deliveries.rocketchat.rest.sending import edit, send

__all__ = ["Account", "Resolved", "Step", "check", "edit", "resolve", "send"]
