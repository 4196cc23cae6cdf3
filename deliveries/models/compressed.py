"""Bytes that are kept compressed and read as they were."""

from __future__ import annotations

import zlib
from typing import Any

from django.db import models

# The first byte of what zlib writes, and of no JSON text: what an older version kept as it came is read as it is.
_MARK = b"x"
_SHORTEST = 200
"""Bytes below which nothing is gained."""


def pack(value: bytes) -> bytes:
    value = bytes(value)
    return zlib.compress(value) if len(value) >= _SHORTEST or value.startswith(_MARK) else value


def unpack(value: bytes) -> bytes:
    value = bytes(value)
    return zlib.decompress(value) if value.startswith(_MARK) else value


class CompressedField(models.BinaryField):
    """Its values are bytes; the column holds them packed."""

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        return super().get_db_prep_value(value if value is None else pack(value), connection, prepared)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> bytes | None:
        return None if value is None else unpack(value)
