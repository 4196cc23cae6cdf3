"""Who may use the REST API besides people with a session."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from routing.models.token import Token


class ApiToken(Token):
    """A secret that acts for a user in the REST API, with that user's permissions."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens")

    class Meta:
        ordering = ["-created_at"]
        verbose_name = "API token"
