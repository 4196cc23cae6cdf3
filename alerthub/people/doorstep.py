"""The pages for those who cannot come in at this moment: what is so, and when to come again."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from alerthub.people.hashing import Crowded


def refused(request: HttpRequest, minutes: int) -> HttpResponse:
    """Too many logins failed; in the login's look."""
    context = admin.site.each_context(request) | {"title": "No login for now", "minutes": minutes}
    return _told(render(request, "alerthub/doorstep.html", context, status=429), minutes * 60)


def crowded(request: HttpRequest) -> HttpResponse:
    """Too many log in at once; the plainest page there is, as it is for a crowd."""
    return _told(render(request, "alerthub/crowded.html", status=503), 5)


def _told(response: HttpResponse, retry_after: int) -> HttpResponse:
    response["Retry-After"], response["Cache-Control"] = str(retry_after), "no-store"
    return response


class CrowdedPage:
    """Middleware: who found no turn for a password is told so, and when to come again."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return crowded(request) if isinstance(exception, Crowded) else None
