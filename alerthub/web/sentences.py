"""What is answered where no view answers: a page with a sentence for people, JSON for programs."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from alerthub.web import machines
from deliveries import unavailable
from routing import mishaps
from routing.mishaps import Mishap

log = logging.getLogger(__name__)

_TITLES = {
    400: "This cannot be read", 403: "This form is too old", 405: "Not in this way", 409: "Somebody was faster",
    413: "This is too large", 500: "A mistake of AlertHub's", 503: "AlertHub cannot answer just now",
}  # fmt: skip
_CSRF = Mishap(
    403,
    "permission_denied",
    "It was open for too long, or the browser keeps no cookies. Go back, reload the page and send it again. If that never "
    "helps, whoever runs AlertHub has to set ALERTHUB_PUBLIC_URL to the address that the browser shows.",
)
_METHOD = Mishap(405, "method_not_allowed", "This address does not take that method.")


class Sentences:
    """Fills the empty answers of Django's own views."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code == 405 and not response.streaming and not response.content:
            said = answer(request, _METHOD)
            said["Allow"] = response.get("Allow", "")
            return said
        return response


def mistake(request: HttpRequest) -> HttpResponse:
    """Django's handler for every exception that no view handled; called while it is handled."""
    error = sys.exception()
    found = mishaps.judged(error)
    if error is not None and found is mishaps.UNAVAILABLE:
        unavailable.report(log, "A page was answered with 503", error)
    elif error is not None and not found.is_ours:
        log.warning("%s was asked for what cannot be read: %s", request.path_info[:200], mishaps.place(error))
    # A mistake of ours is logged by Django, with its traceback.
    return answer(request, found)


def unreadable(request: HttpRequest, exception: BaseException) -> HttpResponse:
    """Django's handler for requests that it refuses itself."""
    return answer(request, mishaps.judged(exception))


def without_token(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's view for forms that cannot prove where they come from."""
    return answer(request, _CSRF)


def answer(request: HttpRequest, found: Mishap) -> HttpResponse:
    said: HttpResponse
    if request.path_info.startswith("/api/") or machines.address(request.path_info):
        said = JsonResponse({"error": found.code, "detail": found.sentence}, status=found.status)
    else:
        context: dict[str, Any] = {"title": _TITLES[found.status], "sentence": found.sentence}
        said = render(request, "alerthub/plain.html", context, status=found.status)
    for name, value in found.headers.items():
        said[name] = value
    return said
