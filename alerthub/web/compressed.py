"""Pages and answers of the API are compressed, for who asks for it; what machines are told is not.

The middleware fills each answer up by a random length, and Django masks the token of a form anew in each, so that a secret cannot
be guessed from how long the answers to guesses are (BREACH); see docs/decisions/0032-pages-are-compressed.md.
"""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

from alerthub.web import machines


class Compressed(GZipMiddleware):
    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        return response if machines.address(request.path_info) else super().process_response(request, response)
