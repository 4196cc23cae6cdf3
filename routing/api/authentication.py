"""Who calls the REST API with a token. People with a session come in through REST framework's own class."""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from routing.models import ApiToken


class ApiTokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer TOKEN`: acts for the token's user, with that user's permissions."""

    def authenticate(self, request: Request) -> tuple[AbstractBaseUser, ApiToken] | None:
        scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        now = timezone.now()
        found = ApiToken.valid(token.strip(), now).filter(user__is_active=True).select_related("user").first()
        if found is None:
            raise AuthenticationFailed(
                "The API token is not valid: it is unknown, has expired, or its user may not log in."
            )
        found.remember_use(now)
        return found.user, found

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="AlertHub"'


class ApiTokenScheme(OpenApiAuthenticationExtension):
    target_class = ApiTokenAuthentication
    name = "apiToken"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "An API token, made in AlertHub under API tokens."}
