"""Keys that are made once and kept in the data folder when the environment does not give them."""

from __future__ import annotations

import base64
import os
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

LEAST_SECRET_LENGTH = 32


def kept(path: Path, make: str) -> str:
    """Return the key kept at `path`; if there is none yet, keep `make` there (mode 0600) and return it.

    Safe when several processes start at once: the file appears whole, and the first one wins.
    """
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
    key = path.read_text(encoding="utf-8").strip()
    if not key:
        raise ImproperlyConfigured(f"The key file {path.name} in the data folder is empty: restore it from a backup.")
    return key


def new_secret_key() -> str:
    return secrets.token_urlsafe(50)


def new_encryption_key() -> str:
    """A Fernet key: 32 random bytes in URL-safe base64."""
    return base64.urlsafe_b64encode(os.urandom(32)).decode()


def is_weak(secret_key: str) -> bool:
    return len(secret_key) < LEAST_SECRET_LENGTH or len(set(secret_key)) < 8
