"""Who may post, and the body as it arrives: the source's token, the size cap, the content types."""

from __future__ import annotations

import base64
import binascii
import zlib
from datetime import datetime

from django.http import HttpRequest

from deliveries.redaction import redact
from routing.access import tokens
from routing.access.clients import client_address
from routing.rulebook import Admission, Book

_CHUNK = 64 * 1024
# A body of these cannot be JSON by accident; anything else is read and must parse.
_NEVER_JSON = ("multipart/", "application/x-www-form-urlencoded", "application/xml", "text/xml", "text/html", "image/")


class Refused(Exception):
    """A request that is answered with `status` and not stored as a notification."""

    def __init__(self, status: int, reason: str, message: str, *, body: bytes = b"", size: int | None = None) -> None:
        super().__init__(message)
        self.status, self.reason, self.message, self.body, self.size = status, reason, message, body, size


def token_of(request: HttpRequest) -> str:
    """The token of `Authorization: Bearer TOKEN`, or the password of Basic; empty if there is none."""
    scheme, _, value = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value.strip(), validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return ""


def sender_of(request: HttpRequest) -> str:
    """The client's address and what it calls itself, at most 200 characters."""
    return redact(f"{client_address(request)} {request.META.get('HTTP_USER_AGENT', '')}".strip())[:200]


def admit(token: str, book: Book, now: datetime) -> Admission:
    """What the token opens. Raises Refused, without a hint why."""
    for digest in tokens.digests(token) if token else ():
        admitted = book.admissions.get(digest)
        if admitted is not None and (admitted.expires_at is None or admitted.expires_at > now):
            return admitted
    raise Refused(
        401,
        "unknown_token",
        "The ingest token is missing or not valid. Send it as 'Authorization: Bearer TOKEN', or as the password of "
        "basic_auth; tokens are made in AlertHub under Sources.",
    )


def body_of(request: HttpRequest, most: int) -> bytes:
    """Read the body, at most `most` bytes of it. Raises Refused 413 or 415."""
    declared = request.META.get("CONTENT_LENGTH") or ""
    if declared.isdigit() and int(declared) > most:
        raise _too_large(most, int(declared))
    if request.META.get("CONTENT_TYPE", "").lower().startswith(_NEVER_JSON):
        raise not_json_type(request.META["CONTENT_TYPE"])
    body = _read(request, most)
    match request.META.get("HTTP_CONTENT_ENCODING", "").strip().lower():
        case "" | "identity":
            return body
        case "gzip":
            return _gunzip(body, most)
    raise Refused(415, "content_encoding", "Send the body as it is or gzipped; other encodings are not read.")


def not_json_type(content_type: str, body: bytes = b"") -> Refused:
    shown = "".join(character for character in content_type[:100] if character.isprintable())
    return Refused(
        415,
        "content_type",
        f"The content type is {shown or 'missing'}: send Alertmanager's JSON with Content-Type: application/json.",
        body=body,
    )


def _read(request: HttpRequest, most: int) -> bytes:
    # A chunked body has no length; Django's stream would be empty, gunicorn's ends by itself.
    chunked = "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower()
    stream = request.META["wsgi.input"] if chunked and request.META.get("wsgi.input_terminated") else request
    parts: list[bytes] = []
    size = 0
    while part := stream.read(min(_CHUNK, most + 1 - size)):
        parts.append(part)
        size += len(part)
        if size > most:
            raise _too_large(most, None)
    return b"".join(parts)


def _gunzip(body: bytes, most: int) -> bytes:
    unpacker = zlib.decompressobj(wbits=31)
    try:
        plain = unpacker.decompress(body, most + 1)
    except zlib.error:
        raise Refused(400, "bad_gzip", "The body is said to be gzipped but cannot be unpacked.") from None
    if len(plain) > most:
        raise _too_large(most, None)
    if not unpacker.eof:
        raise Refused(400, "bad_gzip", "The gzipped body ends too early.")
    return plain


def _too_large(most: int, size: int | None) -> Refused:
    return Refused(
        413,
        "too_large",
        f"The body is larger than the {most} bytes this AlertHub takes. Set max_alerts in Alertmanager's webhook_configs, "
        "group by more labels, or raise ALERTHUB_INGEST_MAX_BYTES.",
        size=size,
    )
