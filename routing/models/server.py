"""Rocket.Chat servers: where REST targets have their rooms, and the bot account that posts there."""

from __future__ import annotations

import uuid
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from routing import ca, secrets


def check_base_url(url: str) -> None:
    """Raises ValidationError that says what is wrong with the address of a server."""
    try:
        parts = urlsplit(url)
        port_is_right = parts.port is None or parts.port > 0
    except ValueError:
        raise ValidationError("This is not an address: write it as https://chat.example.com.") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_is_right:
        raise ValidationError("The address must start with https:// (or http://) and name a host.")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValidationError("Leave user names, passwords and everything after ? or # out of the address.")
    if "/hooks/" in parts.path or "/api/" in f"{parts.path}/" or any(character.isspace() for character in url):
        raise ValidationError("Give the address of the server itself, as people open it in a browser.")


class RocketChatServer(models.Model):
    """One Rocket.Chat and the bot account AlertHub posts with. The access token is sealed and never shown."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=100, unique=True)
    base_url = models.CharField(
        "address", max_length=300, validators=[check_base_url], help_text="For example https://chat.example.com"
    )
    user_id = models.CharField(
        "bot user id", max_length=100, help_text="Shown by Rocket.Chat together with the personal access token."
    )
    token_sealed = models.TextField(editable=False)
    token_hint = models.CharField(max_length=4, editable=False)
    verify_tls = models.BooleanField("verify TLS", default=True)
    ca_file = models.CharField(
        "CA file",
        max_length=300,
        blank=True,
        validators=[ca.check_file],
        help_text="Path, on the machines of the workers, of a PEM file with the CA to trust instead of the usual ones.",
    )
    rate_limit_calls = models.PositiveIntegerField(
        "rate limit: calls",
        default=0,
        help_text="For the account, over all its rooms; 0: no limit. Rocket.Chat does not limit accounts with the role "
        "bot, others to 10 a minute.",
    )
    rate_limit_seconds = models.PositiveIntegerField(
        "rate limit: seconds", default=60, validators=[MinValueValidator(1), MaxValueValidator(3600)]
    )
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]
        verbose_name = "Rocket.Chat server"

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        self.base_url = self.base_url.strip().rstrip("/")
        if not self.token_sealed:
            raise ValidationError("A server needs the access token of its bot account.")

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        parts = urlsplit(self.base_url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def masked_token(self) -> str:
        return f"…{self.token_hint}" if self.token_sealed else ""

    def set_token(self, token: str) -> None:
        """Seal the access token; does not save. Raises ValidationError."""
        token = token.strip()
        if len(token) < 8 or any(character.isspace() or not character.isprintable() for character in token):
            raise ValidationError("Paste the whole personal access token, as Rocket.Chat showed it once.")
        self.token_sealed = secrets.seal(token, self._place)
        self.token_hint = token[-4:]

    def token(self) -> str:
        """The access token in clear, for the sender only. Raises secrets.Unreadable."""
        return secrets.unseal(self.token_sealed, self._place)

    @property
    def _place(self) -> str:
        return f"server:{self.uid}:token"
