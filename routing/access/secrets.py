"""Secrets at rest: sealed with the first of ALERTHUB_ENCRYPTION_KEYS, opened with any of them. Fails closed.

A sealed value is bound to its place (a context such as `target:<uid>:webhook`), so that a ciphertext copied into
another row does not open there.
"""

from __future__ import annotations

from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class Unreadable(Exception):
    """The sealed value cannot be opened: its key is missing, or it was moved or damaged."""

    def __init__(self) -> None:
        super().__init__(
            "A stored secret cannot be read with the present ALERTHUB_ENCRYPTION_KEYS: "
            "bring the old key back as a further key, or enter the secret again."
        )


@lru_cache(maxsize=4)
def _keys(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def seal(value: str, context: str) -> str:
    return _keys(tuple(settings.ENCRYPTION_KEYS)).encrypt(f"{context}|{value}".encode()).decode()


def unseal(sealed: str, context: str) -> str:
    """Raises Unreadable."""
    try:
        place, bar, value = _keys(tuple(settings.ENCRYPTION_KEYS)).decrypt(sealed.encode()).decode().partition("|")
    except InvalidToken:
        raise Unreadable from None
    if not bar or place != context:
        raise Unreadable
    return value
