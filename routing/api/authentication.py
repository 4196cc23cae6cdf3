"""Who calls the REST API with a token. People with a session come in through REST framework's own class."""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.request import Request

from routing.access import clients, tokens
from routing.api.guesses import Guesses
from routing.models import ApiToken

guesses = Guesses()


class ApiTokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer TOKEN`: acts for the token's user, with that user's permissions."""

    def authenticate(self, request: Request) -> tuple[AbstractBaseUser, ApiToken] | None:
        scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        found, now = _known(request, token.strip()), timezone.now()
        _, why = found.standing(now)
        if why:
            raise AuthenticationFailed(f"The API token is refused. {why}")
        found.remember_use(now)
        return found.user, found

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="AlertHub"'


def _known(request: Request, token: str) -> ApiToken:
    now, digest = timezone.now(), tokens.digest(token)
    address = clients.neighbourhood(clients.client_address(request._request))
    if seconds := guesses.wait(address, digest, now):
        sentence = "Too many wrong API tokens came from your address. Take the wrong one out, and wait a minute."
        raise Throttled(seconds, sentence)
    found: ApiToken | None = ApiToken.known(token).select_related("user").first()
    if found is None:
        guesses.wrong(address, now)
        raise AuthenticationFailed("The API token is unknown: it was never made here, or it was deleted.")
    guesses.right(digest)
    return found


class ApiTokenScheme(OpenApiAuthenticationExtension):
    target_class = ApiTokenAuthentication
    name = "apiToken"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "An API token, made in AlertHub under API tokens."}
