"""What an exception during a call means: how sure it is that nothing was posted, why, and words without the URL.

The exceptions' own texts are not used, as requests and urllib3 put the URL into them.
"""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Iterator

import requests
import urllib3

from deliveries.reasons import Reason
from deliveries.rocketchat import answers
from deliveries.rocketchat.answers import Answer
from deliveries.rocketchat.outcomes import Ending
from deliveries.wire import dial
from deliveries.wire.dial import Call

TROUBLE = (
    dial.DialError,
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    http.client.HTTPException,
    OSError,
    ValueError,
)
"""All that a target, a network or an address can raise; anything else is a mistake of ours."""

_DIAL_REASONS: dict[type[dial.DialError], Reason] = {
    dial.Blocked: Reason.BLOCKED,
    dial.CannotResolve: Reason.DNS,
    dial.CannotConnect: Reason.CONNECT,
}


def judge(trouble: Exception, call: Call, timeout: float, doubt: str = answers.HOOK.doubt) -> Answer:
    """What is known of the message after this trouble.

    `timeout`: the whole call's limit in seconds, for the words; `doubt`: as a Dialect says it.
    """
    if isinstance(trouble, dial.DialError):
        return Answer(Ending.NOT_SENT, _DIAL_REASONS[type(trouble)], str(trouble))
    # Not one byte of the message left: it cannot be in the room.
    kind = Ending.NOT_SENT if call.body_sent == 0 else Ending.UNKNOWN
    reason = Reason.TIMEOUT if call.is_over() else reason_of(trouble)
    if reason is Reason.TIMEOUT:
        words = f"No end within {timeout:.2g} s: the time ran out while {call.stage.value}."
    elif reason is Reason.TLS:
        words = f"The secure connection failed: {_tls_words(trouble)}."
    elif reason is Reason.BAD_URL:
        words = "The address is not a URL that can be called."
    elif reason is Reason.NOT_ROCKETCHAT:
        words = "Whatever answered does not speak HTTP properly."
    else:
        words = f"The connection broke while {call.stage.value}."
    return answers.in_doubt(Answer(kind, reason, words), doubt)


def reason_of(trouble: BaseException) -> Reason:
    """Why a call broke, by the exception and what it is wrapped around."""
    causes = list(_causes(trouble))
    for kinds, reason in _CAUSES:
        if any(isinstance(cause, kinds) for cause in causes):
            return reason
    return Reason.RESET


# The first that is found among the causes. RemoteDisconnected is a BadStatusLine too, hence its place.
_CAUSES: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], Reason], ...] = (
    ((requests.exceptions.InvalidURL, urllib3.exceptions.LocationValueError), Reason.BAD_URL),
    (ssl.SSLError, Reason.TLS),
    (TimeoutError, Reason.TIMEOUT),
    (urllib3.exceptions.TimeoutError, Reason.TIMEOUT),
    ((http.client.IncompleteRead, urllib3.exceptions.IncompleteRead), Reason.TRUNCATED),
    (ConnectionError, Reason.RESET),
    ((http.client.HTTPException, ValueError), Reason.NOT_ROCKETCHAT),
)


def _causes(trouble: BaseException) -> Iterator[BaseException]:
    """The exception and all it was wrapped around: requests and urllib3 put the cause into args or `reason`."""
    found, waiting = set(), [trouble]
    while waiting:
        each = waiting.pop()
        if id(each) in found:
            continue
        found.add(id(each))
        yield each
        inside = (each.__cause__, each.__context__, getattr(each, "reason", None), *each.args)
        waiting += [other for other in inside if isinstance(other, BaseException)]


def _tls_words(trouble: BaseException) -> str:
    error = next(cause for cause in _causes(trouble) if isinstance(cause, ssl.SSLError))
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message.rstrip(".")
    reason = getattr(error, "reason", None)  # absent where Python's own ssl module raises
    if reason == "WRONG_VERSION_NUMBER":
        return "the server does not speak TLS on this port; is it http://?"
    return (reason or "the server closed it").lower().replace("_", " ")
