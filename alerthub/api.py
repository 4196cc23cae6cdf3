"""Addresses of the REST API: its routes, its description, and the page that shows it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import JsonResponse
from django.urls import include, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView
from rest_framework.exceptions import NotAuthenticated
from rest_framework.permissions import IsAuthenticated

from deliveries.api.urls import root, router
from routing.api.errors import unknown_address


class Schema(SpectacularAPIView):
    permission_classes = [IsAuthenticated]

    def _get_version_parameter(self, request: Any) -> None:
        """There is one version; the library would put whatever is asked for into a header."""

    def handle_exception(self, exc: Exception) -> Any:
        return _as_json(super().handle_exception(exc))


class Docs(SpectacularSwaggerView):
    permission_classes = [IsAuthenticated]
    # Its page cannot tell what OPTIONS asks for.
    http_method_names = ["get", "head"]

    def handle_exception(self, exc: Exception) -> Any:
        if isinstance(exc, NotAuthenticated):
            return redirect_to_login(self.request.get_full_path())
        return _as_json(super().handle_exception(exc))


def _as_json(answer: Any) -> JsonResponse:
    """The library's own renderers would make YAML of an error, or a page without its sentence."""
    headers = {name: value for name, value in answer.items() if name != "Content-Type"}
    return JsonResponse(answer.data, status=answer.status_code, headers=headers)


urlpatterns = [
    re_path(r"^schema/?$", Schema.as_view(), name="schema"),
    re_path(r"^docs/?$", Docs.as_view(), name="docs"),
    re_path(r"^v1/?$", root, name="api-root"),
    re_path(r"^v1/", include(router.urls)),
    re_path(r"", unknown_address),
]
