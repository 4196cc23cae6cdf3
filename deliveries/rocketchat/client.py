"""The only room that speaks HTTP outward: one call to Rocket.Chat, told as an Outcome.

What an answer means is in `answers`; deadline and address check are in `dial`; the calls of the REST API are in `rest`.
"""

from __future__ import annotations

import json
import re
import ssl
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from deliveries import redaction
from deliveries.reasons import Reason
from deliveries.redaction import redact_url
from deliveries.rocketchat import answers, failures
from deliveries.rocketchat.answers import Answer, Dialect
from deliveries.rocketchat.outcomes import Ending, Outcome
from deliveries.wire import dial
from deliveries.wire.connections import Pool, TLSPool
from deliveries.wire.dial import Call
from deliveries.wire.networks import AddressPolicy

__all__ = ["Client", "Endpoint", "Hook", "redact_url"]

ANSWER_CAP = 64 * 1024
"""Bytes read of an answer; Rocket.Chat's are far shorter."""
ANSWER_KEPT = 4 * 1024
_ERROR_KEPT = 1024
_MOST_LINES = 1024


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address of Rocket.Chat's and how to call it. Times in seconds; `timeout` is the hard limit of the whole call."""

    url: str = field(repr=False)
    connect_timeout: float = 3.0
    timeout: float = 10.0
    verify_tls: bool = True
    ca_file: str = ""
    method: str = "POST"
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """Credentials: their values are taken out of what is kept."""
    dialect: Dialect = field(default=answers.HOOK, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Hook(Endpoint):
    """An incoming webhook: the path of its address is its credential."""


@dataclass(frozen=True, slots=True)
class _Line:
    """What is made once for each endpoint."""

    adapter: HTTPAdapter
    request: requests.PreparedRequest
    url: str
    secrets: re.Pattern[str] | None


class _Adapter(HTTPAdapter):
    """requests' adapter over dial's connections. Retries and redirects stay off: whether to repeat is not its choice."""

    def __init__(self, context: ssl.SSLContext | None) -> None:
        self._context = context
        super().__init__(pool_connections=64, pool_maxsize=1)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **pool_kwargs: Any) -> None:
        super().init_poolmanager(connections, maxsize, block, ssl_context=self._context, **pool_kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": Pool, "https": TLSPool}


class _Unusable(Exception):
    """The call cannot even begin."""

    def __init__(self, reason: Reason, words: str) -> None:
        super().__init__(words)
        self.reason = reason


class Client:
    """Calls Rocket.Chat over kept connections. For one thread at a time."""

    def __init__(self, *, user_agent: str, policy: AddressPolicy | None = None) -> None:
        self._policy = policy or AddressPolicy()
        self._another = partial(Client, user_agent=user_agent, policy=policy)
        self._others: list[Client] = []
        self._headers = {
            "User-Agent": user_agent,
            "Content-Type": "application/json",
            "Accept": "application/json",
            # A compressed answer would have to be unpacked before its size is known.
            "Accept-Encoding": "identity",
        }
        self._adapters: dict[tuple[object, ...], _Adapter] = {}
        self._lines: dict[Endpoint, _Line] = {}

    def post(self, hook: Hook, body: dict[str, Any]) -> Outcome:
        """Send one message. Whatever the target does becomes an Outcome, within `hook.timeout`."""
        return self.call(hook, body)[0]

    def call(
        self, endpoint: Endpoint, body: dict[str, Any] | None, *, query: str = "", timeout: float | None = None
    ) -> tuple[Outcome, bytes]:
        """Make one call and tell what came of it, with the answer as it was read: nothing of that may be kept.

        `body` None: the call has none. `timeout`: less than the endpoint's own, in seconds.
        """
        started_at, started = datetime.now(UTC), time.monotonic()
        limit = endpoint.timeout if timeout is None else min(endpoint.timeout, timeout)
        call = Call(started + limit, started + min(endpoint.connect_timeout, limit), self._policy)
        status, answered, secrets = None, b"", None
        try:
            line = self._line(endpoint)
            secrets = line.secrets
            content = None if body is None else _content(body)
            with dial.calling(call):
                status, headers, answered, cut = _exchange(line, content, query)
            answer = answers.judge(status, headers, answered, now=started_at, cut=cut, dialect=endpoint.dialect)
        except _Unusable as trouble:
            answer = Answer(Ending.NOT_SENT, trouble.reason, str(trouble))
        except failures.TROUBLE as trouble:
            answer = failures.judge(trouble, call, limit, endpoint.dialect.doubt)
        outcome = Outcome(
            kind=answer.kind,
            reason=answer.reason,
            status=status,
            answer=redaction.clean(answered.decode(errors="replace"), secrets, ANSWER_KEPT),
            error=redaction.clean(answer.error, secrets, _ERROR_KEPT),
            retry_after=answer.retry_after,
            started_at=started_at,
            duration=time.monotonic() - started,
            message_id=redaction.clean(answer.message_id, secrets, 60),
            rate_limit_remaining=answer.rate_limit_remaining,
        )
        return outcome, answered

    def others(self, count: int) -> list[Client]:
        """So many clients like this one, for threads that call beside its own; they are kept and closed with it."""
        while len(self._others) < count:
            self._others.append(self._another())
        return self._others[:count]

    def close(self) -> None:
        """Close the kept connections; the client may be used again."""
        for other in self._others:
            other.close()
        for adapter in self._adapters.values():
            adapter.close()
        self._adapters.clear()
        self._lines.clear()

    def _line(self, endpoint: Endpoint) -> _Line:
        line = self._lines.get(endpoint)
        if line is not None and not endpoint.ca_file:
            return line
        adapter = self._adapter(endpoint)
        if line is not None and line.adapter is adapter:
            return line
        request = requests.PreparedRequest()
        try:
            headers = self._headers | dict(endpoint.headers)
            request.prepare(method=endpoint.method, url=endpoint.url.strip(), headers=headers)
        except (requests.RequestException, ValueError):
            raise _Unusable(Reason.BAD_URL, "The address is not a URL that can be called.") from None
        if len(self._lines) >= _MOST_LINES:
            self.close()  # targets that were edited long ago; the living ones are made anew
            adapter = self._adapter(endpoint)
        credentials = [value for _, value in endpoint.headers]
        secrets = redaction.pattern(credentials) if credentials else redaction.secrets_of(endpoint.url)
        line = self._lines[endpoint] = _Line(adapter, request, str(request.url), secrets)
        return line

    def _adapter(self, endpoint: Endpoint) -> _Adapter:
        scheme = endpoint.url.strip().partition(":")[0].lower()
        if scheme not in ("http", "https"):
            raise _Unusable(Reason.BAD_URL, "The address must begin with https:// or http://.")
        key: tuple[object, ...] = (scheme,)
        context = None
        try:
            if scheme == "https":
                # A renewed CA file is taken up without a restart.
                version = Path(endpoint.ca_file).stat().st_mtime_ns if endpoint.ca_file else 0
                key = (scheme, endpoint.verify_tls, endpoint.ca_file, version)
                if key not in self._adapters:
                    context = dial.tls_context(verify=endpoint.verify_tls, ca_file=endpoint.ca_file)
        except OSError:
            raise _Unusable(Reason.TLS, "The CA file cannot be read, or holds no certificate.") from None
        if key not in self._adapters:
            self._adapters[key] = _Adapter(context)
        return self._adapters[key]


def _content(body: dict[str, Any]) -> bytes:
    # Rocket.Chat takes broken JSON (a NaN) and an empty object for success and posts nothing.
    try:
        content = json.dumps(body, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        raise _Unusable(Reason.BAD_MESSAGE, "The message cannot be written as JSON.") from None
    if not body:
        raise _Unusable(Reason.BAD_MESSAGE, "The message is empty.")
    return content.encode()


def _exchange(line: _Line, content: bytes | None, query: str) -> tuple[int, Any, bytes, Reason | None]:
    """Status, headers, body, and why the body is not whole (None: it is)."""
    request = line.request
    # Changed in place: a client serves one thread, and a copy costs more than the rest of the request.
    request.body = content
    if content is not None:
        request.headers["Content-Length"] = str(len(content))
    request.url = line.url + query
    # Not the adapter's own send: it makes a response with cookies, history and elapsed time that nobody reads.
    pool: Any = line.adapter.poolmanager.connection_from_url(str(request.url))
    answer = pool.urlopen(
        str(request.method),
        request.path_url,
        body=content,
        headers=request.headers,
        redirect=False,
        retries=False,
        assert_same_host=False,
        preload_content=False,
        decode_content=False,
    )
    if answer.status < 200:
        # The real answer may follow; on this connection it would be taken for the answer to the next message.
        answer.close()
        return answer.status, answer.headers, b"", None
    received, cut = bytearray(), None
    try:
        while len(received) <= ANSWER_CAP and (chunk := answer.read(ANSWER_CAP + 1 - len(received))):
            received += chunk
    except failures.TROUBLE as trouble:
        cut = failures.reason_of(trouble)
    if len(received) > ANSWER_CAP:
        cut = Reason.NOT_ROCKETCHAT
    if cut is not None:
        answer.close()
    return answer.status, answer.headers, bytes(received[:ANSWER_CAP]), cut
