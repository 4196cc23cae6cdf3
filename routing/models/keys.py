"""With which keys the database was prepared, so that a process with others does not start."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from django.db import models
from django.db.models import Q

# A tenth of a second for both keys: nobody tries many, and a start stays quick. Unlike scrypt it leaves no memory behind.
_ROUNDS = 100_000


class KeyFingerprints(models.Model):
    """One row: slow, salted hashes of SECRET_KEY and of the first of ALERTHUB_ENCRYPTION_KEYS.

    They tell whether a key is the same one, and nothing else. They are neither shown nor exported, and have no history.
    """

    salt = models.CharField(max_length=32)
    secret_key = models.CharField(max_length=64)
    encryption_key = models.CharField(max_length=64)

    class Meta:
        default_permissions = ()
        verbose_name_plural = "key fingerprints"
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_row_of_key_fingerprints")]

    def __str__(self) -> str:
        return "of the keys"

    @classmethod
    def of(cls, secret_key: str, encryption_key: str) -> KeyFingerprints:
        """A row with a salt of its own; does not save."""
        row = cls(pk=1, salt=secrets.token_hex(16))
        row.secret_key = row._hash("secret_key", secret_key)
        row.encryption_key = row._hash("encryption_key", encryption_key)
        return row

    def is_of(self, which: str, key: str) -> bool:
        """`which`: "secret_key" or "encryption_key"."""
        return hmac.compare_digest(getattr(self, which), self._hash(which, key))

    def _hash(self, which: str, key: str) -> str:
        salt = f"{which}|{self.salt}".encode()
        return hashlib.pbkdf2_hmac("sha256", key.encode("utf-8", "surrogateescape"), salt, _ROUNDS).hex()
