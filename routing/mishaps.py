"""What an exception means to whoever sent the request: one place that pages and the REST API ask.

Views say for themselves what is wrong with what they know. This is the net under all of them: a request made by hand
that nobody thought of is answered with a sentence, and only a mistake of AlertHub's own is a 500.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.core.exceptions import (
    BadRequest,
    ObjectDoesNotExist,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
    ValidationError,
)
from django.db import DataError, Error, IntegrityError
from django.http import UnreadablePostError
from django.http.multipartparser import MultiPartParserError

RETRY_AFTER_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Mishap:
    """`code` is a word for programs. `is_ours`: somebody who runs AlertHub should hear of it."""

    status: int
    code: str
    sentence: str
    is_ours: bool = False

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(RETRY_AFTER_SECONDS)} if self.status == 503 else {}


TOO_LARGE = Mishap(413, "too_large", "The body is larger than any request here needs to be.")
UNREADABLE = Mishap(400, "parse_error", "The request cannot be read.")
BROKEN = Mishap(400, "parse_error", "The connection broke before the whole request was here.")
TOO_MANY_FIELDS = Mishap(400, "parse_error", "The form has more fields than any form of AlertHub's.")
TOO_DEEP = Mishap(400, "parse_error", "The request is nested too deeply.")
DOES_NOT_FIT = Mishap(400, "parse_error", "A value does not fit: a number is too large, or a text is too long.")
NO_VALUE = Mishap(
    400,
    "parse_error",
    "A value in the request is none that AlertHub can use: a number, a moment or a text is out of range.",
)
CONFLICT = Mishap(
    409, "conflict", "Somebody changed the same thing at the same moment. Read it again, then repeat the change."
)
UNAVAILABLE = Mishap(
    503, "unavailable", "The database cannot be used at the moment. Try again; /readyz says more.", is_ours=True
)
MISTAKE = Mishap(500, "internal", "AlertHub made a mistake; its log says more.", is_ours=True)


_MEANINGS: tuple[tuple[tuple[type[BaseException], ...], Mishap], ...] = (
    ((RequestDataTooBig,), TOO_LARGE),
    ((TooManyFieldsSent, TooManyFilesSent), TOO_MANY_FIELDS),
    ((SuspiciousOperation, MultiPartParserError, BadRequest), UNREADABLE),
    ((UnreadablePostError,), BROKEN),
    ((DataError,), DOES_NOT_FIT),
    ((IntegrityError, ObjectDoesNotExist), CONFLICT),
    ((Error,), UNAVAILABLE),
    ((RecursionError,), TOO_DEEP),
    # Half characters, and numbers and moments that nothing can hold.
    ((UnicodeError, OverflowError), NO_VALUE),
)
"""The first that fits counts."""


def judged(error: BaseException | None) -> Mishap:
    """MISTAKE for whatever says nothing of the request."""
    if isinstance(error, ValidationError):
        return Mishap(400, "invalid", " ".join(error.messages))
    return next((meaning for kinds, meaning in _MEANINGS if isinstance(error, kinds)), MISTAKE)


def place(error: BaseException) -> str:
    """Where it came from: enough to find it, and no value of the request."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return type(error).__name__
    return f"{type(error).__name__} in {trace.tb_frame.f_code.co_name}, line {trace.tb_lineno}"
