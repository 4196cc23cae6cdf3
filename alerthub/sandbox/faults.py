"""Trouble on purpose: faults switched on per endpoint, and what one does to the answer that would have been given."""

from __future__ import annotations

import random
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .http1 import Answer, json_answer, text_answer
from .limits import too_many

JOURNAL_BYTES = 32 * 1024 * 1024

# kind -> (is the message stored, what happens)
KINDS: dict[str, tuple[bool, str]] = {
    "slow": (True, "waits `seconds`, then stores and answers as usual"),
    "hang": (False, "waits `seconds` (0: until cleared), then closes without an answer"),
    "status": (
        False,
        "answers `status`; with `error` as Rocket.Chat's JSON, without it as a proxy's HTML page",
    ),
    "rate_limited": (False, "429 with X-RateLimit-* headers; free again after `seconds`"),
    "success_false": (False, "200 with success:false and `error`"),
    "html": (False, "200 with an HTML page, as a login page in front would"),
    "redirect": (False, "302 to `location`"),
    "disabled": (False, "503 Service Unavailable, as a switched off integration"),
    "reset_before": (False, "resets the connection; nothing is stored"),
    "reset_after": (True, "stores the message, then resets the connection"),
    "drip": (True, "stores, then sends the answer at `rate` bytes a second"),
    "truncated": (True, "stores, then sends half of the answer and closes"),
    "empty": (True, "stores, then answers 200 with an empty body"),
}


@dataclass(slots=True)
class Fault:
    """`times` None = until cleared. `stored` None = as KINDS says. `about` = only requests whose body holds this text.

    Raises ValueError for an unknown kind.
    """

    kind: str
    times: int | None = None
    probability: float = 1.0
    seed: int | None = None
    stored: bool | None = None
    about: str = ""
    seconds: float = 0.0
    status: int = 500
    error: str = ""
    location: str = "https://elsewhere.example/"
    rate: float = 5.0
    headers: Mapping[str, str] = field(default_factory=dict)
    _dice: random.Random = field(default_factory=random.Random, repr=False)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown fault {self.kind!r}; known: {', '.join(KINDS)}")
        if self.rate <= 0:
            raise ValueError("rate must be above 0 bytes a second")
        if self.stored is None:
            self.stored = KINDS[self.kind][0]
        self._dice = random.Random(self.seed)  # noqa: S311 - repeatable on purpose

    def fires(self, body: bytes) -> bool:
        if self.about.encode() not in body:
            return False
        if self.times == 0 or (self.probability < 1 and self._dice.random() >= self.probability):
            return False
        if self.times is not None:
            self.times -= 1
        return True

    def as_dict(self) -> dict[str, Any]:
        names = ("kind", "times", "probability", "stored", "about", "seconds", "status", "error")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True, slots=True)
class Received:
    """One request as the journal keeps it. `status` None = it got no answer; `fault` = the kind that struck, or ""."""

    at: float
    method: str
    status: int | None
    stored: int
    remaining: int | None
    fault: str
    headers: Mapping[str, str]
    body: bytes
    address: str = field(default="", repr=False)  # path and query; a hook's has its token

    def as_dict(self) -> dict[str, Any]:
        return {
            "at": self.at,
            "method": self.method,
            "status": self.status,
            "stored": self.stored,
            "remaining": self.remaining,
            "fault": self.fault,
            "body": self.body.decode("utf-8", "replace"),
        }


@dataclass(slots=True, eq=False)
class Endpoint:
    """Something requests come to: it keeps a journal and may be told to fail."""

    keep: int = 20_000
    faults: list[Fault] = field(default_factory=list, repr=False)
    journal: deque[Received] = field(default_factory=deque, repr=False)
    total: int = 0
    size: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _freed: threading.Event = field(default_factory=threading.Event, repr=False)

    def fail(self, kind: str, **options: Any) -> Fault:
        """Switch a fault on, after those already on. Options: see Fault. Raises ValueError, TypeError."""
        fault = Fault(kind, **options)
        self.faults.append(fault)
        return fault

    def clear(self) -> None:
        """Switch every fault off and let go of the requests that hang."""
        self.faults.clear()
        self.release()

    def release(self) -> None:
        freed, self._freed = self._freed, threading.Event()
        freed.set()

    def hold(self, seconds: float) -> None:
        """Block until released, or for that long; 0 = no end."""
        self._freed.wait(seconds or None)

    def draw(self, body: bytes) -> Fault | None:
        """The first fault that strikes a request with this body."""
        if not self.faults:
            return None
        with self._lock:  # "once" must mean once, however many connections there are
            return next((fault for fault in self.faults if fault.fires(body)), None)

    def record(self, received: Received) -> None:
        with self._lock:
            self.total += 1
            self.size += len(received.body)
            self.journal.append(received)
            while len(self.journal) > self.keep or (self.size > JOURNAL_BYTES and len(self.journal) > 1):
                self.size -= len(self.journal.popleft().body)

    def reset(self) -> None:
        self.clear()
        with self._lock:
            self.journal.clear()
            self.total = self.size = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """How one request is answered: wait first, then `manner` = send, close, reset, drip or truncate."""

    answer: Answer
    manner: str = "send"
    wait: float | None = None
    rate: float = 0.0

    @property
    def status(self) -> int | None:
        """What the client sees, as far as the sandbox can say."""
        return None if self.manner in ("close", "reset") else self.answer.status


_MANNERS = {
    "hang": "close",
    "reset_before": "reset",
    "reset_after": "reset",
    "drip": "drip",
    "truncated": "truncate",
}
_PAGES: Mapping[str, Callable[[Fault], Answer]] = {
    "success_false": lambda fault: json_answer(200, {"success": False, "error": fault.error or "unknown-error"}),
    "html": lambda fault: text_answer(200, "<!doctype html><title>Sign in</title><h1>Sign in</h1>", "text/html"),
    "redirect": lambda fault: Answer(302, headers={"Location": fault.location}),
    "disabled": lambda fault: json_answer(503, {"success": False, "error": "Service Unavailable"}),
    "empty": lambda fault: Answer(200),
}


def bend(fault: Fault, normal: Answer | None, now: float) -> Plan:
    """The plan for a request this fault struck; `normal` is the usual answer, None when nothing was stored."""
    manner = _MANNERS.get(fault.kind, "send")
    wait = fault.seconds if fault.kind == "hang" else None
    if fault.kind in _PAGES:
        answer = _PAGES[fault.kind](fault)
    elif fault.kind == "rate_limited":
        answer = _rate_limited(fault, now)
    elif fault.kind == "status":
        answer = _refusal(fault)
    else:
        answer = normal or Answer(200)
    headers = {**answer.headers, **fault.headers}
    return Plan(Answer(answer.status, answer.body, answer.content_type, headers), manner, wait, fault.rate)


def _refusal(fault: Fault) -> Answer:
    if fault.error:
        return json_answer(fault.status, {"success": False, "error": fault.error})
    page = f"<html><head><title>{fault.status}</title></head><body><center>nginx</center></body></html>"
    return text_answer(fault.status, page, "text/html")


def _rate_limited(fault: Fault, now: float) -> Answer:
    headers = {
        "X-RateLimit-Limit": "10",
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": str(round((now + fault.seconds) * 1000)),
    }
    return json_answer(429, {"success": False, "error": too_many(round(fault.seconds))}, headers)
