"""The ids AlertHub gives its messages in Rocket.Chat. Pure."""

from __future__ import annotations

import secrets

LENGTH = 17  # of Rocket.Chat's own


def new() -> str:
    """A new one: random, so that no other delivery has it, not even one of a database that was restored and begins again
    at an older number."""
    return secrets.token_hex(LENGTH // 2 + 1)[:LENGTH]
