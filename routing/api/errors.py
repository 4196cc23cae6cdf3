"""Every error of the REST API has one shape: {"error": code, "detail": sentence, "fields": {name: [sentences]}}."""

from __future__ import annotations

import logging
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as ModelError
from django.http import Http404, HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.serializers import as_serializer_error

from routing import mishaps

log = logging.getLogger(__name__)

# Enough to see what is wrong; `fields` has them all.
_FIELDS_IN_DETAIL = 3
_NOT_HERE = "There is nothing at this address: the id is wrong, or it was deleted."


class Conflict(exceptions.APIException):
    """The request is well formed but the present state does not allow it."""

    status_code = 409
    default_code = "conflict"


class Unavailable(exceptions.APIException):
    """Too much of it is asked for at the moment."""

    status_code = 503
    default_code = "unavailable"


class TooLarge(exceptions.APIException):
    status_code = 413
    default_code = "too_large"
    default_detail = mishaps.TOO_LARGE.sentence


def answer(exc: Exception, context: dict[str, Any]) -> Response:
    """REST framework's exception handler."""
    known = _known(exc)
    if isinstance(known, Response):
        return known
    headers: dict[str, str] = {}
    if getattr(known, "auth_header", None):
        headers["WWW-Authenticate"] = known.auth_header  # type: ignore[attr-defined]
    if isinstance(known, exceptions.Throttled):
        headers["Retry-After"] = str(known.wait)  # type: ignore[attr-defined]
    if known.status_code == 503:
        headers |= mishaps.UNAVAILABLE.headers
    if isinstance(known, exceptions.ValidationError):
        return _answer(known.status_code, "invalid", *_explained(known.detail), headers=headers)
    detail = _NOT_HERE if isinstance(exc, Http404) else str(known.detail)
    return _answer(known.status_code, str(known.get_codes()), detail, headers=headers)


def _known(exc: Exception) -> exceptions.APIException | Response:
    match exc:
        case exceptions.APIException():
            return exc
        case Http404():
            return exceptions.NotFound()
        case PermissionDenied():
            return exceptions.PermissionDenied()
        case ModelError():
            return exceptions.ValidationError(as_serializer_error(exc))
    found = mishaps.judged(exc)
    if found is mishaps.MISTAKE:
        log.error("The REST API failed.", exc_info=exc)
    elif found is mishaps.UNAVAILABLE:
        log.error("The database did not answer the REST API: %s", type(exc).__name__, extra={"seldom": True})
    else:
        log.warning("The REST API was asked for what cannot be read: %s", mishaps.place(exc))
    return _answer(found.status, found.code, found.sentence, headers=found.headers)


def _answer(
    status: int,
    error: str,
    detail: str,
    fields: dict[str, list[str]] | None = None,
    *,
    headers: dict[str, str] | None = None,
) -> Response:
    body: dict[str, Any] = {"error": error, "detail": detail} | ({"fields": fields} if fields else {})
    return Response(body, status=status, headers=headers)


def _explained(detail: Any) -> tuple[str, dict[str, list[str]]]:
    fields = _flat(detail)
    general = fields.pop("", [])
    named = [f"{name}: {sentences[0]}" for name, sentences in list(fields.items())[:_FIELDS_IN_DETAIL]]
    return " ".join([*general, *named]), fields


def _flat(detail: Any, name: str = "") -> dict[str, list[str]]:
    """Nested errors under dotted names; "" holds what concerns no single field."""
    if isinstance(detail, dict):
        inner = [(f"{name}.{key}" if name else str(key), value) for key, value in detail.items()]
        inner = [(name if key.endswith("non_field_errors") else key, value) for key, value in inner]
    elif isinstance(detail, list):
        inner = [(name if isinstance(value, str) else f"{name}.{place}", value) for place, value in enumerate(detail)]
    else:
        return {name: [str(detail)]}
    found: dict[str, list[str]] = {}
    for key, value in inner:
        for each, sentences in _flat(value, key).items():
            found.setdefault(each, []).extend(sentences)
    return found


@csrf_exempt
def unknown_address(request: HttpRequest) -> JsonResponse:
    """What no route of the API matches: JSON too, with or without a session."""
    detail = "The API has no such address. /api/v1/ lists what there is, /api/docs/ describes it."
    return JsonResponse({"error": "not_found", "detail": detail}, status=404)
