"""Tokens: made here, stored only as a keyed hash, shown once. `ahi_` lets a source post, `aha_` opens the REST API,
`ahw_` shows the wall."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from django.conf import settings

INGEST_PREFIX = "ahi_"
API_PREFIX = "aha_"
WALL_PREFIX = "ahw_"


def new(prefix: str) -> str:
    """A token of 256 random bits."""
    return prefix + secrets.token_urlsafe(32)


def digest(token: str, key: str | None = None) -> str:
    """The keyed hash under which a token is stored (hex, 64 characters)."""
    pepper = hashlib.sha256(b"alerthub.tokens|" + (key or settings.SECRET_KEY).encode()).digest()
    return hmac.new(pepper, token.encode("utf-8", "surrogateescape"), hashlib.sha256).hexdigest()


def digests(token: str) -> list[str]:
    """The hashes a token may be stored under: of the present SECRET_KEY, then of SECRET_KEY_FALLBACKS."""
    return [digest(token, key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]


def hint(token: str) -> str:
    """What may be shown of a token later: its last 4 characters, if that leaves enough of it hidden."""
    return token[-4:] if len(token) >= 12 else ""
