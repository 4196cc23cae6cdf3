"""Which host names people may use. Machines' addresses (ingest, probes, metrics) answer under any name.

A wrong `Host` on the ingest address must not cost an alert: Alertmanager never retries a 400.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port, validate_host

from alerthub.web import machines


class KnownHosts:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if address := machines.address(request.path_info):
            # However many slashes are written: a redirect or a 404 would lose the alert.
            request.path = request.path.removesuffix(request.path_info) + address
            request.path_info = address
            # Django answers 400 to a name that is none, and "alert_hub" of a compose file is none for it.
            request.META["HTTP_HOST"] = "localhost"
        elif not _is_known(request.META.get("HTTP_HOST", "")):
            return HttpResponse(
                "This host name is not one of AlertHub's. Add it to ALLOWED_HOSTS.\n",
                status=400,
                content_type="text/plain",
            )
        return self.get_response(request)


def _is_known(host: str) -> bool:
    domain, _ = split_domain_port(host)
    return validate_host(domain, settings.KNOWN_HOSTS) if domain else "*" in settings.KNOWN_HOSTS
