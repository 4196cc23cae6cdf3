"""Posting through Rocket.Chat's REST API: send, edit, find the room, and say exactly what is wrong with a server."""

from __future__ import annotations

from deliveries.rest.account import Account
from deliveries.rest.checking import Finding, check
from deliveries.rest.rooms import Resolved, resolve
from deliveries.rest.sending import edit, send

__all__ = ["Account", "Finding", "Resolved", "check", "edit", "resolve", "send"]
