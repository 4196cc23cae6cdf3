"""The account AlertHub posts as, and the calls of the REST API it makes."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from deliveries.rocketchat import bodies
from deliveries.rocketchat.answers import Dialect
from deliveries.rocketchat.client import Client, Endpoint
from deliveries.rocketchat.outcomes import Outcome


@dataclass(frozen=True, slots=True)
class Account:
    """A server's bot account and how to call it. Times in seconds; `timeout` bounds each of send, edit and resolve."""

    base_url: str
    user_id: str = field(repr=False)
    token: str = field(repr=False)
    connect_timeout: float = 3.0
    timeout: float = 10.0
    verify_tls: bool = True
    ca_file: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What came of one call: the outcome, and the answer's JSON object, of which nothing may be kept."""

    outcome: Outcome
    said: dict[str, Any]


class Calls:
    """The calls made for one purpose, all of them within one time limit."""

    def __init__(self, client: Client, account: Account, limit: float | None = None) -> None:
        self._client, self._account = client, account
        self._ends_at = time.monotonic() + (account.timeout if limit is None else limit)

    def get(self, path: str, dialect: Dialect, /, *, known: bool = True, **query: str) -> Told:
        """GET. `known` false: without the credentials."""
        return self._call("GET", path, dialect, None, f"?{urlencode(query)}" if query else "", known)

    def post(self, path: str, dialect: Dialect, body: dict[str, Any]) -> Told:
        """POST."""
        return self._call("POST", path, dialect, body, "", True)

    def left(self) -> float:
        """Seconds left for further calls."""
        return max(0.0, self._ends_at - time.monotonic())

    def _call(
        self, method: str, path: str, dialect: Dialect, body: dict[str, Any] | None, query: str, known: bool
    ) -> Told:
        account = self._account
        credentials = (("X-User-Id", account.user_id), ("X-Auth-Token", account.token))
        endpoint = Endpoint(
            url=account.base_url.rstrip("/") + path,
            connect_timeout=account.connect_timeout,
            timeout=account.timeout,
            verify_tls=account.verify_tls,
            ca_file=account.ca_file,
            method=method,
            headers=credentials if known else (),
            dialect=dialect,
        )
        outcome, answered = self._client.call(endpoint, body, query=query, timeout=self.left())
        return Told(outcome, bodies.parse(answered) or {})
