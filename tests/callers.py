"""People and programs that call the REST API in tests."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Permission, User
from rest_framework.test import APIClient

from routing.access import tokens
from routing.models import ApiToken


def person(name: str = "ann", *permissions: str, **fields: Any) -> User:
    """`permissions` as "routing.change_target"."""
    user = User.objects.create_user(name, **fields)
    for each in permissions:
        app, _, codename = each.partition(".")
        user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    return user


def api_token(user: User, **fields: Any) -> str:
    secret = tokens.new(tokens.API_PREFIX)
    row = ApiToken(user=user, name="test", **fields)
    row.keep(secret)
    row.save()
    return secret


class Caller(APIClient):
    """Sends JSON."""

    default_format = "json"


def with_token(secret: str) -> APIClient:
    return Caller(HTTP_AUTHORIZATION=f"Bearer {secret}")


def caller(*permissions: str, name: str = "ann") -> APIClient:
    return with_token(api_token(person(name, *permissions)))


def superuser(name: str = "root") -> APIClient:
    return with_token(api_token(person(name, is_superuser=True, is_staff=True)))
