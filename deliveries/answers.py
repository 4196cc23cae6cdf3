"""What an HTTP answer to a webhook call means: status, headers and body in, kind and reason out.

Success is status 200 and a JSON object whose `success` is true; nothing less, and other answers may look friendly.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from deliveries import outcomes, redaction
from deliveries.outcomes import Kind, Reason


@dataclass(frozen=True, slots=True)
class Answer:
    """The part of an Outcome that the answer decides; `error` is not redacted yet."""

    kind: Kind
    reason: Reason | None
    error: str = ""
    retry_after: float | None = None
    message_id: str = ""
    rate_limit_remaining: int | None = None


# In this order: the first text found in Rocket.Chat's words (in small letters) gives the reason.
_REFUSALS: tuple[tuple[str, Reason], ...] = (
    ("too many requests", Reason.RATE_LIMITED),
    ("error-too-many-requests", Reason.RATE_LIMITED),
    ("error-action-not-allowed", Reason.MENTION),
    ("size-exceeded", Reason.TOO_LARGE),
    ("too long", Reason.TOO_LARGE),
    ("too large", Reason.TOO_LARGE),
    ("invalid href", Reason.BAD_MESSAGE),
    ("invalid attachment field", Reason.BAD_MESSAGE),
    ("match error", Reason.BAD_MESSAGE),
    ("invalid-params", Reason.BAD_MESSAGE),
    ("error-running-script", Reason.SCRIPT),
    ("error-evaluating-script", Reason.SCRIPT),
    ("invalid-channel", Reason.BAD_ROOM),
    ("invalid-room", Reason.BAD_ROOM),
    ("room-not-found", Reason.BAD_ROOM),
    ("error-not-allowed", Reason.BAD_ROOM),
    ("overriding destination channel is disabled", Reason.BAD_ROOM),
    ("room_is_blocked", Reason.BAD_ROOM),
    ("readonly", Reason.BAD_ROOM),
    ("read-only", Reason.BAD_ROOM),
    ("archived", Reason.BAD_ROOM),
    ("been_muted", Reason.BAD_ROOM),
    ("been muted", Reason.BAD_ROOM),
    ("not enough permission", Reason.FORBIDDEN),
    ("you must be logged in", Reason.UNAUTHORIZED),
    ("invalid integration id or token", Reason.NOT_FOUND),
    ("service unavailable", Reason.DISABLED),
)

_STATUS_REFUSALS: dict[int, Reason] = {
    401: Reason.UNAUTHORIZED,
    403: Reason.FORBIDDEN,
    404: Reason.NOT_FOUND,
    405: Reason.NOT_FOUND,
    410: Reason.GONE,
    413: Reason.TOO_LARGE,
}

_SECONDS = re.compile(r"-?\d{1,20}(?:\.\d{1,9})?", re.ASCII)
_WAIT_TEXT = re.compile(r"wait (\d{1,9}) second", re.ASCII | re.IGNORECASE)
_LONGEST_WORDS = 500
_MILLISECONDS_FROM = 1e11


def judge(status: int, headers: Mapping[str, str], body: bytes, *, now: datetime, cut: Reason | None = None) -> Answer:
    """What became of the message, by the answer to it.

    `cut` says why the body is not whole (None: it is). A broken answer is never taken as success.
    """
    headers = {name.lower(): value for name, value in headers.items()}
    answer = _by_status(status, headers, body, cut)
    if answer.reason is Reason.RATE_LIMITED:
        answer = replace(answer, retry_after=_wait(headers, _words(_object(body)), now))
    remaining = headers.get("x-ratelimit-remaining", "").strip()
    if remaining.isascii() and remaining.isdigit() and len(remaining) < 9:
        answer = replace(answer, rate_limit_remaining=int(remaining))
    return answer


def _by_status(status: int, headers: Mapping[str, str], body: bytes, cut: Reason | None) -> Answer:
    if status == 200:
        if cut is not None:
            return Answer(Kind.UNKNOWN, cut, "Rocket.Chat's answer did not arrive whole, so the message may be posted.")
        return _ok(_object(body))
    if 300 <= status < 400:
        return _redirect(status, headers.get("location", ""))
    if status == 407:
        return Answer(Kind.NOT_SENT, Reason.PROXY, "A proxy on the way wants a login (407).")
    if status == 408:
        return Answer(Kind.UNKNOWN, Reason.TIMEOUT, "The server gave up waiting for the message (408).")
    if 400 <= status < 500:
        return _client_error(status, _object(body))
    if 500 <= status < 600:
        return _server_error(status, body)
    return Answer(
        Kind.UNKNOWN,
        Reason.NOT_ROCKETCHAT,
        f"The server answered {status}, which Rocket.Chat's webhooks never do.",
    )


def _ok(answer: dict[str, Any] | None) -> Answer:
    success = None if answer is None else answer.get("success")
    if answer is None or not isinstance(success, bool):
        return Answer(
            Kind.UNKNOWN,
            Reason.NOT_ROCKETCHAT,
            "The server answered 200, but not as Rocket.Chat does, so the message may or may not be posted.",
        )
    if not success:
        return _refusal(200, answer)
    responses = [each for each in _list(answer.get("responses")) if isinstance(each, dict)]
    failed = [each for each in responses if each.get("error")]
    if failed and len(failed) == len(responses):
        return _refusal(200, failed[0])
    if failed:
        rooms = "; ".join(f"{each.get('channel')}: {_words(each)}" for each in failed)
        return Answer(Kind.REFUSED, Reason.PARTIAL, f"Some of the integration's rooms refused it: {rooms}")
    return Answer(Kind.DELIVERED, None, message_id=_message_id([answer, *responses]))


def _redirect(status: int, location: str) -> Answer:
    # Only the host: the path may repeat the webhook's token.
    origin = redaction.origin_of(location)
    where = f" to {origin}" if origin else ""
    return Answer(Kind.REFUSED, Reason.REDIRECT, f"The server redirects{where} ({status}). Redirects are not followed.")


def _client_error(status: int, answer: dict[str, Any] | None) -> Answer:
    if status == 429:
        return Answer(Kind.REFUSED, Reason.RATE_LIMITED, "Rocket.Chat takes no more messages for now (429).")
    reason = _STATUS_REFUSALS.get(status)
    if reason is not None:
        words = _words(answer)
        return Answer(Kind.REFUSED, reason, f"{reason.label} ({status})" + (f": {words}" if words else "."))
    if answer is None or answer.get("success") is not False:
        return Answer(
            Kind.REFUSED,
            Reason.NOT_ROCKETCHAT,
            f"The server refused the message ({status}), but not as Rocket.Chat does.",
        )
    failed = [each for each in _list(answer.get("responses")) if isinstance(each, dict) and each.get("error")]
    return _refusal(status, answer if _words(answer) or not failed else failed[0])


def _server_error(status: int, body: bytes) -> Answer:
    answer = _object(body)
    refused = answer is not None and answer.get("success") is False
    if status == 503 and (refused or body.strip().strip(b'"').lower() == b"service unavailable"):
        return Answer(Kind.REFUSED, Reason.DISABLED, "Rocket.Chat says the integration is disabled (503).")
    if status in (502, 503, 504):
        return Answer(Kind.UNKNOWN, Reason.GATEWAY, f"A proxy before Rocket.Chat answered {status} instead of it.")
    if refused:
        return Answer(Kind.REFUSED, Reason.SERVER_ERROR, f"Rocket.Chat failed ({status}): {_words(answer)}")
    return Answer(
        Kind.UNKNOWN,
        Reason.SERVER_ERROR,
        f"The server failed ({status}) without saying whether the message is posted.",
    )


def _refusal(status: int, answer: dict[str, Any]) -> Answer:
    words = _words(answer)
    haystack = f"{words} {answer.get('errorType', '')} {answer.get('message', '')}".lower()
    reason = next((reason for text, reason in _REFUSALS if text in haystack), Reason.SUCCESS_FALSE)
    return Answer(Kind.REFUSED, reason, f"Rocket.Chat refused the message ({status}): {words or 'no reason given'}")


def _object(body: bytes) -> dict[str, Any] | None:
    """The body as a JSON object; None if it is anything else."""
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict) else None


def _words(answer: dict[str, Any] | None) -> str:
    """The server's own explanation. A script's error may be any JSON."""
    for key in ("error", "message", "errorType"):
        said = (answer or {}).get(key)
        if said:
            return (said if isinstance(said, str) else json.dumps(said))[:_LONGEST_WORDS]
    return ""


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _message_id(answers: list[dict[str, Any]]) -> str:
    for answer in answers:
        message = answer.get("message")
        if isinstance(message, dict) and isinstance(message.get("_id"), str):
            return str(message["_id"])
    return ""


def _wait(headers: Mapping[str, str], words: str, now: datetime) -> float:
    """Seconds to wait after a 429; Rocket.Chat itself sends no Retry-After, proxies do."""
    asked = headers.get("retry-after", "").strip()
    # Moments are compared by the server's own clock: ours may differ by more than the wait.
    clock = _date(headers.get("date", "")) or now
    until = _date(asked)
    text = _WAIT_TEXT.search(words)
    if _SECONDS.fullmatch(asked):
        wait = float(asked)
    elif until is not None:
        wait = (until - clock).total_seconds()
    elif _SECONDS.fullmatch(reset := headers.get("x-ratelimit-reset", "").strip()):
        # Rocket.Chat counts in milliseconds, proxies with the same header in seconds.
        moment = float(reset)
        wait = (moment / 1000 if moment > _MILLISECONDS_FROM else moment) - clock.timestamp()
    elif text is not None:
        wait = float(text[1])
    else:
        wait = outcomes.DEFAULT_WAIT
    return outcomes.clamp_wait(wait)


def _date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
