"""Keys that are made once and kept in the data folder when the environment does not give them."""

from __future__ import annotations

import base64
import os
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

LEAST_SECRET_LENGTH = 32
_ENCRYPTION_KEY_BYTES = 32


def kept(path: Path, make: str) -> str:
    """Return the key kept at `path`; if there is none yet, keep `make` there (mode 0600) and return it.

    Safe when several processes start at once: the file appears whole, and the first one wins. Raises ImproperlyConfigured.
    """
    try:
        key = _kept(path, make)
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no text"
        raise ImproperlyConfigured(f"The key file {path.name} in the data folder cannot be used: {why}.") from None
    if not key:
        raise ImproperlyConfigured(f"The key file {path.name} in the data folder is empty: restore it from a backup.")
    return key


def judged(encryption_keys: list[str]) -> list[str]:
    """The same keys. Raises ImproperlyConfigured, without repeating it, where one seals and opens nothing."""
    for number, key in enumerate(encryption_keys, start=1):
        try:
            is_one = len(base64.b64decode(key, altchars=b"-_", validate=True)) == _ENCRYPTION_KEY_BYTES
        except ValueError:
            is_one = False
        if not is_one:
            raise ImproperlyConfigured(
                f"ALERTHUB_ENCRYPTION_KEYS, or encryption_key in the data folder, has no key at place {number}: each is "
                "32 bytes in URL-safe base64, 44 characters; docs/production.md says how to make one."
            )
    return encryption_keys


def _kept(path: Path, make: str) -> str:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(make)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)  # fails if another process was first, unlike a rename
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text(encoding="utf-8-sig").strip()


def new_secret_key() -> str:
    return secrets.token_urlsafe(50)


def new_encryption_key() -> str:
    """A Fernet key: 32 random bytes in URL-safe base64."""
    return base64.urlsafe_b64encode(os.urandom(32)).decode()


def is_weak(secret_key: str) -> bool:
    return len(secret_key) < LEAST_SECRET_LENGTH or len(set(secret_key)) < 8
