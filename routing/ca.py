"""The check of a CA file named by an admin."""

from __future__ import annotations

import ssl
from pathlib import Path

from django.core.exceptions import ValidationError


def check_file(path: str) -> None:
    """Raises ValidationError unless `path` is a readable PEM file with at least one certificate."""
    if not Path(path).is_absolute():
        raise ValidationError("Give the whole path, starting with /.")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        # OpenSSL would wait for ever for somebody to write into a pipe.
        if not Path(path).is_file():
            raise FileNotFoundError
        context.load_verify_locations(cafile=path)
    except (OSError, ssl.SSLError):
        raise ValidationError("This file cannot be read as PEM certificates on this machine.") from None
    if not context.cert_store_stats()["x509"]:
        raise ValidationError("This file holds no certificate.")
