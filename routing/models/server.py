"""Rocket.Chat servers: where REST targets have their rooms, and the bot account that posts there."""

from __future__ import annotations

import uuid
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.db import models

from routing import validators
from routing.access import secrets
from routing.changes.history import Records
from routing.inputs import bounds
from routing.models.number import WholeNumber
from routing.models.text import Line


def _tidy(url: str) -> str:
    return url.strip().rstrip("/")


def _fits_a_header(text: str) -> bool:
    return bool(text) and all("!" <= character <= "~" for character in text)


class RocketChatServer(models.Model):
    """One Rocket.Chat and the bot account AlertHub posts with. The access token is sealed and never shown."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = Line(max_length=100, unique=True)
    base_url = Line(
        "address",
        max_length=300,
        validators=[validators.check_base_url],
        help_text="For example https://chat.example.com",
    )
    user_id = Line(
        "bot user id", max_length=100, help_text="Shown by Rocket.Chat together with the personal access token."
    )
    token_sealed = models.TextField(editable=False)
    token_hint = models.CharField(max_length=4, editable=False)
    verify_tls = models.BooleanField("verify TLS", default=True)
    ca_file = Line(
        "CA file",
        max_length=300,
        blank=True,
        validators=[validators.check_file],
        help_text="Path, on the machines of the workers, of a PEM file with the CA to trust instead of the usual ones.",
    )
    rate_limit_calls = WholeNumber(
        "rate limit: calls",
        default=0,
        bounds=bounds.RATE_CALLS,
        help_text="For the account, over all its rooms; 0: no limit. Rocket.Chat does not limit accounts with the role "
        "bot, others to 10 a minute.",
    )
    rate_limit_seconds = WholeNumber("rate limit: seconds", default=60, bounds=bounds.RATE_SECONDS)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    history = Records(secrets=["token_sealed"], masked_as="access token", masks=["token_hint"])

    class Meta:
        ordering = ["name"]
        verbose_name = "Rocket.Chat server"

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        self.base_url, self.user_id = _tidy(self.base_url), self.user_id.strip()
        if not _fits_a_header(self.user_id):
            raise ValidationError({"user_id": "Paste the user id as Rocket.Chat shows it: letters and digits."})
        if not self.token_sealed:
            raise ValidationError("A server needs the access token of its bot account.")
        if self.needs_token():
            raise ValidationError(
                {"base_url": "Enter the access token again with the new address: it is not sent elsewhere by itself."}
            )

    def needs_token(self) -> bool:
        """Whether there is none that may be sent to the present address."""
        return not self.token_sealed or (self._is_new_address() and not self._opens())

    def _is_new_address(self) -> bool:
        stored = type(self).objects.filter(pk=self.pk).values_list("base_url", flat=True).first()
        return stored is not None and stored != self.base_url

    def _opens(self) -> bool:
        try:
            self.token()
        except secrets.Unreadable:
            return False
        return True

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        parts = urlsplit(self.base_url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def masked_token(self) -> str:
        return f"…{self.token_hint}" if self.token_sealed else ""

    def set_token(self, token: str) -> None:
        """Seal the access token for the present address; does not save. Raises ValidationError."""
        token = token.strip()
        if len(token) < 8 or not _fits_a_header(token):
            raise ValidationError("Paste the whole personal access token, as Rocket.Chat showed it once.")
        self.token_sealed = secrets.seal(token, self._place)
        self.token_hint = token[-4:]

    def token(self) -> str:
        """The access token in clear, for the sender only. Raises secrets.Unreadable."""
        return secrets.unseal(self.token_sealed, self._place)

    @property
    def _place(self) -> str:
        # With the address, so that whoever may edit a server cannot have its token sent to another one.
        return f"server:{self.uid}:{_tidy(self.base_url)}:token"
