"""What ends a lease on a row."""

from __future__ import annotations

from typing import Any

NO_LEASE: dict[str, Any] = {"lease_token": None, "lease_until": None}
