"""Logins that failed: counted by django-axes in the database, and after some none is tried for a while.

Only logins are counted. Alertmanager's posts and API tokens never come through here.
"""

from __future__ import annotations

import logging
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponse

from alerthub.people import doorstep
from routing.access import clients, tokens

log = logging.getLogger(__name__)

NAMES_OF_ADDRESS = 4
"""An address has as many tries under any names as that many names have: an office may sit behind it."""


class Attempts(AxesDatabaseHandler):
    """Counts as django-axes does, for a name at an address and for an address."""

    def get_failures(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        """What AXES_FAILURE_LIMIT is the limit of."""
        of_name, of_address = (_failures(attempts) for attempts in self.get_user_attempts(request, credentials))
        return max(of_name, of_address // NAMES_OF_ADDRESS)

    def user_login_failed(
        self, sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any
    ) -> None:
        was_refused = bool(getattr(request, "axes_locked_out", False))
        super().user_login_failed(sender, credentials, request, **kwargs)
        if request is not None and not was_refused and request.axes_locked_out:  # type: ignore[attr-defined]
            log.warning("Logins from %s failed too often: none is tried for %s minutes.", _said(request), _minutes())

    def user_logged_in(self, sender: Any, request: HttpRequest, user: AbstractBaseUser, **kwargs: Any) -> None:
        """What this name failed before from there is forgiven; what others failed from there is not."""
        super().user_logged_in(sender, request, user, **kwargs)
        told = name(request, {"username": user.get_username()})
        AccessAttempt.objects.filter(username=told, ip_address=address(request)).delete()


def name(request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    """Under which a login is counted: a keyed hash of the name, its case folded.

    Not the name itself, as a password is easily typed in its place, and this is kept.
    """
    typed = (credentials or {}).get("username") or request.POST.get("username", "")
    return tokens.digest(f"login {str(typed).strip().casefold()}")


def address(request: HttpRequest) -> str | None:
    """From which a login comes. Who has one IPv6 address mostly has 2^64, so all of them count as one."""
    return clients.neighbourhood(clients.client_address(request)) or None


def refused(request: HttpRequest, original: HttpResponse, credentials: dict[str, Any] | None) -> HttpResponse:
    """What django-axes answers with, in place of the login page."""
    return doorstep.refused(request, _minutes())


def _failures(attempts: Any) -> int:
    return sum(attempts.values_list("failures_since_start", flat=True))


def _said(request: HttpRequest) -> str:
    return address(request) or "a Unix socket"


def _minutes() -> int:
    return round(settings.AXES_COOLOFF_TIME.total_seconds() / 60)
