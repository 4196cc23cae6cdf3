"""The addresses that machines use: they answer under any host name, by plain HTTP too, and are never redirected."""

from __future__ import annotations

import re

INGEST: tuple[str, ...] = ("/webhook", "/api/v1/alertmanager")
ALL: tuple[str, ...] = (*INGEST, "/health", "/livez", "/readyz", "/metrics")
# Answered at once, whatever people ask for meanwhile.
QUICK: tuple[str, ...] = (*INGEST, "/health", "/livez")


def address(path: str) -> str:
    """Which of them is meant, however many slashes are written; "" if it is none of them."""
    plain = re.sub("/+", "/", path).rstrip("/")
    return plain if plain in ALL else ""
