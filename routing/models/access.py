"""Who may use the REST API besides people with a session."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models

from routing.models.token import Token

VALID, EXPIRED, STOPPED, ENDED = "valid", "expired", "stopped", "ended"


class ApiToken(Token):
    """A secret that acts for a user in the REST API, with that user's permissions.

    It is refused while the user is deactivated. One of a person ends for good when the password is changed.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens")
    machine = models.BooleanField(
        "a machine's", default=False, help_text="A program uses it: it stays when the user's password is changed."
    )
    ended_at = models.DateTimeField(null=True, blank=True, editable=False)
    ended_why = models.CharField(max_length=300, blank=True, editable=False)

    class Meta:
        ordering = ["-created_at"]
        verbose_name = "API token"

    @classmethod
    def valid(cls, token: str, now: datetime) -> models.QuerySet[Any]:
        return super().valid(token, now).filter(ended_at=None, user__is_active=True)

    def standing(self, now: datetime) -> tuple[str, str]:
        """VALID, EXPIRED, STOPPED or ENDED; and why it is refused, as a sentence. Asks for its user."""
        if self.ended_at is not None:
            return ENDED, self.ended_why
        if self.expires_at is not None and self.expires_at <= now:
            return EXPIRED, f"It expired at {self.expires_at:%Y-%m-%d %H:%M} UTC."
        if not self.user.is_active:
            return STOPPED, f"Its user {self.user.get_username()} is deactivated."
        return VALID, ""
