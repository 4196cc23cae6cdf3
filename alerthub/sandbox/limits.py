"""The rate limit as Rocket.Chat's framework counts it: a fixed window per address and method, keys per client IP.

All counters of one rule go back to zero together, at the first request after the window has passed.
"""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Rate:
    """`calls` in `seconds`; 0 calls means no limit."""

    calls: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Budget:
    """What is left after one request. `reset_at` and `wait` are epoch seconds and seconds."""

    allowed: bool
    limit: int
    remaining: int
    reset_at: float
    wait: float

    def headers(self) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(round(self.reset_at * 1000)),
        }

    def refusal(self) -> dict[str, object]:
        return {"success": False, "error": too_many(math.ceil(self.wait))}


def too_many(seconds: int) -> str:
    return (
        f"Error, too many requests. Please slow down. You must wait {seconds} seconds "
        "before trying this endpoint again. [error-too-many-requests]"
    )


@dataclass(slots=True)
class _Window:
    began_at: float
    counts: dict[str, int] = field(default_factory=dict)


class Limiter:
    """Counts requests per rule (one concrete URL and method) and client."""

    def __init__(self) -> None:
        self._windows: dict[str, _Window] = {}
        self._lock = threading.Lock()

    def take(self, rule: str, client: str, rate: Rate, now: float) -> Budget:
        with self._lock:
            window = self._windows.setdefault(rule, _Window(now))
            if now - window.began_at > rate.seconds:
                window.began_at, window.counts = now, {}
            count = window.counts[client] = window.counts.get(client, 0) + 1
            reset_at = window.began_at + rate.seconds
        return Budget(count <= rate.calls, rate.calls, max(0, rate.calls - count), reset_at, max(0.0, reset_at - now))

    def clear(self) -> None:
        with self._lock:
            self._windows.clear()
