"""Posts that never reach the door: sent to a wrong address, or no request for gunicorn's parser.

Alertmanager never sends them again, so they are kept for people to see. A redirect would even look like success to it: the
post becomes a GET, and whatever page is there answers 200.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import Error
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import RawPostDataException
from django.utils import timezone

from alerthub.web import machines
from deliveries import database, unavailable
from deliveries.door import entry, refusals
from deliveries.redaction import redact
from routing import rulebook
from routing.models import ApiToken
from routing.rulebook import Admission

log = logging.getLogger(__name__)

_SAFE = ("GET", "HEAD", "OPTIONS")
_NOT_TAKEN = (*range(300, 400), 400, 403, 404, 405)


class Strays:
    """Middleware, the first of all: it sees whatever the others answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answered = self.get_response(request)
        address = machines.address(request.path_info)
        if address in machines.INGEST and request.method in ("POST", "PUT"):
            return answered
        if request.method in _SAFE and (address not in ("", *machines.INGEST) or not entry.token_of(request)):
            return answered
        if _is_judged(request, answered):
            return answered
        try:
            return _seen(request, answered, timezone.now())
        except Error as error:
            unavailable.report(log, "Whether a request missed /webhook could not be seen", error)
            return answered


def _is_judged(request: HttpRequest, answered: HttpResponse) -> bool:
    """The REST API took its token, so it is no source's, or told it to wait: asking the rules would cost a query."""
    status = answered.status_code
    return request.path_info.startswith("/api/v1/") and (200 <= status < 300 or status == 429)


def _seen(request: HttpRequest, answered: HttpResponse, now: datetime) -> HttpResponse:
    admitted = _admitted(request, now)
    if admitted is None and not _is_stray(request, answered.status_code, now):
        return answered
    # What would be a page, a redirect or a missing CSRF token is for this sender nothing but a wrong address.
    status = answered.status_code if answered.status_code in (400, 401, 404, 405) else 404
    path = redact("".join(character for character in request.path[:200] if character.isprintable()))
    refused = entry.Refused(
        status,
        "wrong_address",
        f"Nothing takes notifications at {request.method} {path}. Post them to {settings.PUBLIC_URL}{machines.INGEST[0]}.",
        # What strangers write is not kept.
        body=_body(request) if admitted else b"",
        size=_size(request),
    )
    _keep(refused, request, admitted, now)
    if status == 401:
        return answered
    return JsonResponse({"error": refused.reason, "detail": refused.message}, status=status)


def unreadable(head: bytes, status: int, said: str, peer: str) -> None:
    """What gunicorn's parser refused with `status`, if it was a post of JSON or has a source's token. Never raises.

    `head`: the bytes up to the empty line, at least; `peer`: the connection's address, "" for a Unix socket.
    """
    request, now = _request(head, peer), timezone.now()
    try:
        admitted = _admitted(request, now)
        if admitted or (request.method not in _SAFE and _is_json(request)):
            what = f"This is no HTTP request that can be answered: {said[:200]}"
            _keep(entry.Refused(status, "unreadable", what, size=_size(request)), request, admitted, now)
    except Error as error:
        unavailable.report(log, "A request that cannot be read could not be kept", error)
    finally:
        database.release()


def _request(head: bytes, peer: str) -> HttpRequest:
    """As much of it as can be told without being strict."""
    lines = head.decode("latin-1").partition("\r\n\r\n")[0].splitlines()
    request = HttpRequest()
    request.method = next(iter(lines[0].split()), "") if lines else ""
    request.META, request._body = {"REMOTE_ADDR": peer}, b""
    for name, _, value in (line.partition(":") for line in lines[1:]):
        key = name.strip().upper().replace("-", "_")
        request.META[key if key.startswith("CONTENT_") else f"HTTP_{key}"] = value.strip()
    return request


def _keep(refused: entry.Refused, request: HttpRequest, admitted: Admission | None, now: datetime) -> None:
    content_type = request.META.get("CONTENT_TYPE", "")
    refusals.keep(refused, admitted=admitted, sender=entry.sender_of(request), content_type=content_type, now=now)


def _admitted(request: HttpRequest, now: datetime) -> Admission | None:
    if token := entry.token_of(request):
        try:
            return entry.admit(token, rulebook.current(), now)
        except entry.Refused:
            pass
    return None


def _is_stray(request: HttpRequest, status: int, now: datetime) -> bool:
    """JSON that nobody took, and that neither a person's browser nor a program of the REST API sent."""
    if request.method in _SAFE or status not in _NOT_TAKEN or settings.SESSION_COOKIE_NAME in request.COOKIES:
        return False
    token = entry.token_of(request)
    return _is_json(request) and not (token and ApiToken.valid(token, now).exists())


def _is_json(request: HttpRequest) -> bool:
    return "json" in request.META.get("CONTENT_TYPE", "").lower() or _body(request).lstrip()[:1] in (b"{", b"[")


def _body(request: HttpRequest) -> bytes:
    try:
        return request.body
    except (RawPostDataException, RequestDataTooBig, OSError):
        return b""


def _size(request: HttpRequest) -> int | None:
    declared = request.META.get("CONTENT_LENGTH") or ""
    return int(declared) if declared.isdecimal() and len(declared) < 16 else None
