"""What an HTTP answer of Rocket.Chat's means: status, headers and body in, ending and reason out.

Success is status 200 and a JSON object whose `success` is true; nothing less, and other answers may look friendly.
What differs between its doors is said by a Dialect; the webhooks' is here, those of the REST API are in `rest`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from deliveries import redaction
from deliveries.reasons import Reason
from deliveries.rocketchat import bodies, waits
from deliveries.rocketchat.outcomes import ABOUT_MESSAGE, Ending


@dataclass(frozen=True, slots=True)
class Answer:
    """The part of an Outcome that the answer decides; `error` is not redacted yet."""

    kind: Ending
    reason: Reason | None
    error: str = ""
    retry_after: float | None = None
    message_id: str = ""
    rate_limit_remaining: int | None = None


Refusals = tuple[tuple[str, Reason], ...]
"""In this order: the first text found in Rocket.Chat's words (in small letters) gives the reason."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one door of Rocket.Chat means its answers."""

    doubt: str
    """What nobody knows when the answer is unclear, as a sentence; empty for a call that posts nothing."""
    accept: Callable[[dict[str, Any]], Answer]
    """What a 200 with success:true means."""
    unavailable: tuple[Reason, str]
    """What its own 503 means, with a sentence."""
    refusals: Refusals
    foremost: Refusals = ()
    """Words that count more than the status."""
    unlisted: Reason = Reason.SUCCESS_FALSE
    """What a refusal in other words means."""


REFUSALS: Refusals = (
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


def judge(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    *,
    now: datetime,
    cut: Reason | None = None,
    dialect: Dialect | None = None,
) -> Answer:
    """What became of the message, by the answer to it.

    `cut` says why the body is not whole (None: it is). A broken answer is never taken as success. Without a dialect:
    the webhooks'.
    """
    dialect = dialect or HOOK
    headers = {name.lower(): value for name, value in headers.items()}
    answer = in_doubt(_by_status(status, headers, body, cut, dialect), dialect.doubt)
    if not dialect.doubt and answer.reason in ABOUT_MESSAGE:
        answer = replace(answer, reason=Reason.LOOK_UP)  # there was no message to blame
    if answer.reason is Reason.RATE_LIMITED:
        answer = replace(answer, retry_after=waits.asked(headers, bodies.words_of(bodies.parse(body)), now))
    remaining = headers.get("x-ratelimit-remaining", "").strip()
    if remaining.isascii() and remaining.isdigit() and len(remaining) < 9:
        answer = replace(answer, rate_limit_remaining=int(remaining))
    return answer


def in_doubt(answer: Answer, doubt: str) -> Answer:
    """An unknown end with the sentence that says what is unknown; without one nothing could be posted at all."""
    if answer.kind is not Ending.UNKNOWN:
        return answer
    return replace(answer, error=f"{answer.error} {doubt}") if doubt else replace(answer, kind=Ending.NOT_SENT)


def _by_status(status: int, headers: Mapping[str, str], body: bytes, cut: Reason | None, dialect: Dialect) -> Answer:
    if status == 200:
        if cut is not None:
            return Answer(Ending.UNKNOWN, cut, "Rocket.Chat's answer did not arrive whole.")
        return _ok(bodies.parse(body), dialect)
    if 300 <= status < 400:
        return _redirect(status, headers.get("location", ""))
    if status == 407:
        return Answer(Ending.NOT_SENT, Reason.PROXY, "A proxy on the way wants a login (407).")
    if status == 408:
        return Answer(Ending.UNKNOWN, Reason.TIMEOUT, "The server gave up waiting for the message (408).")
    if 400 <= status < 500:
        return _client_error(status, bodies.parse(body), dialect)
    if 500 <= status < 600:
        return _server_error(status, body, dialect)
    return Answer(Ending.UNKNOWN, Reason.NOT_ROCKETCHAT, f"The server answered {status}, which Rocket.Chat never does.")


def _ok(answer: dict[str, Any] | None, dialect: Dialect) -> Answer:
    success = None if answer is None else answer.get("success")
    if answer is None or not isinstance(success, bool):
        return Answer(Ending.UNKNOWN, Reason.NOT_ROCKETCHAT, "The server answered 200, but not as Rocket.Chat does.")
    return dialect.accept(answer) if success else _refusal(200, answer, dialect)


def _hook_accepts(answer: dict[str, Any]) -> Answer:
    responses = bodies.responses(answer)
    failed = [each for each in responses if each.get("error")]
    if failed and len(failed) == len(responses):
        return _refusal(200, failed[0], HOOK)
    if failed:
        rooms = "; ".join(f"{each.get('channel')}: {bodies.words_of(each)}" for each in failed)
        return Answer(Ending.REFUSED, Reason.PARTIAL, f"Some of the integration's rooms refused it: {rooms}")
    # The message of one room is no parent for the threads of the others.
    alone = [answer, *responses] if len(responses) < 2 else []
    return Answer(Ending.DELIVERED, None, message_id=next(filter(None, map(bodies.message_id, alone)), ""))


def _redirect(status: int, location: str) -> Answer:
    # Only the host: the path may repeat the webhook's token.
    origin = redaction.origin_of(location)
    where = f" to {origin}" if origin else ""
    return Answer(
        Ending.REFUSED, Reason.REDIRECT, f"The server redirects{where} ({status}). Redirects are not followed."
    )


def _client_error(status: int, answer: dict[str, Any] | None, dialect: Dialect) -> Answer:
    if status == 429:
        return Answer(Ending.REFUSED, Reason.RATE_LIMITED, "Rocket.Chat takes no more messages for now (429).")
    reason = _found(answer, dialect.foremost) or _STATUS_REFUSALS.get(status)
    if reason is not None:
        words = bodies.words_of(answer)
        return Answer(Ending.REFUSED, reason, f"{reason.label} ({status})" + (f": {words}" if words else "."))
    if answer is None or answer.get("success") is not False:
        return Answer(
            Ending.REFUSED,
            Reason.NOT_ROCKETCHAT,
            f"The server refused the message ({status}), but not as Rocket.Chat does.",
        )
    failed = [each for each in bodies.responses(answer) if each.get("error")]
    return _refusal(status, answer if bodies.words_of(answer) or not failed else failed[0], dialect)


def _server_error(status: int, body: bytes, dialect: Dialect) -> Answer:
    answer = bodies.parse(body)
    refused = answer is not None and answer.get("success") is False
    if status == 503 and (refused or body.strip().strip(b'"').lower() == b"service unavailable"):
        return Answer(Ending.REFUSED, *dialect.unavailable)
    if status in (502, 503, 504):
        return Answer(Ending.UNKNOWN, Reason.GATEWAY, f"A proxy before Rocket.Chat answered {status} instead of it.")
    if refused:
        return Answer(Ending.REFUSED, Reason.SERVER_ERROR, f"Rocket.Chat failed ({status}): {bodies.words_of(answer)}")
    return Answer(Ending.UNKNOWN, Reason.SERVER_ERROR, f"The server failed ({status}).")


def _refusal(status: int, answer: dict[str, Any], dialect: Dialect) -> Answer:
    reason = _found(answer, dialect.foremost + dialect.refusals) or dialect.unlisted
    words = bodies.words_of(answer) or "no reason given"
    return Answer(Ending.REFUSED, reason, f"Rocket.Chat refused the message ({status}): {words}")


def _found(answer: dict[str, Any] | None, refusals: Refusals) -> Reason | None:
    said = answer or {}
    haystack = f"{bodies.words_of(answer)} {said.get('errorType', '')} {said.get('message', '')}".lower()
    return next((reason for text, reason in refusals if text in haystack), None)


HOOK = Dialect(
    doubt="The message may or may not be posted.",
    accept=_hook_accepts,
    unavailable=(Reason.DISABLED, "Rocket.Chat says the integration is disabled (503)."),
    refusals=REFUSALS,
)
