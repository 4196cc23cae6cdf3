"""Where messages go: a room of Rocket.Chat, reached through an incoming webhook or through a server's REST API."""

from __future__ import annotations

import uuid
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator, URLValidator
from django.db import models
from django.db.models import Q

from routing import validators
from routing.access import secrets
from routing.changes.history import Records
from routing.inputs import bounds, visible
from routing.models.number import WholeNumber
from routing.models.server import RocketChatServer
from routing.models.text import Line

_EMOJI = RegexValidator(r"^:[^\s:]+:$", "Write an emoji as Rocket.Chat does, for example :rotating_light:")


def check_webhook_url(url: str) -> None:
    """Raises ValidationError that says what is wrong, without repeating the address (it is a secret)."""
    try:
        parts = urlsplit(url)
        port_is_right = parts.port is None or parts.port > 0
    except ValueError:
        raise ValidationError("This is not an address: it must start with https://HOST/hooks/.") from None
    if fault := visible.fault_of_name(url):
        raise ValidationError(fault)
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_is_right:
        raise ValidationError("The address must start with https:// (or http://) and name a host.")
    if parts.username or parts.password:
        raise ValidationError("Leave user name and password out: an incoming webhook needs neither.")
    if parts.path.strip("/") == "" or any(character.isspace() for character in url):
        raise ValidationError(
            "Paste the whole webhook address that Rocket.Chat shows under Administration, Integrations, Incoming: "
            "https://HOST/hooks/ID/TOKEN."
        )


NEEDS_ADDRESS = "An enabled target needs its webhook address, or a Rocket.Chat server and a room."


class Target(models.Model):
    """One room, reached either through an incoming webhook or through a server's REST API: exactly one of the two.

    The webhook's address is a credential: it is sealed, and only a mask of it is ever shown.
    """

    class Updates(models.TextChoices):
        NEW_MESSAGE = "new_message", "as new messages"
        THREAD = "thread", "in the thread of the first message"
        EDIT = "edit", "by editing the first message"

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = Line(max_length=100, unique=True)
    enabled = models.BooleanField(
        default=True, help_text="What is owed to a disabled target is held until it is enabled."
    )
    server = models.ForeignKey(
        RocketChatServer,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="targets",
        verbose_name="Rocket.Chat server",
        help_text="Post through its REST API instead of an incoming webhook; then the room must be named.",
    )
    webhook_sealed = models.TextField(blank=True, editable=False)
    webhook_origin = models.CharField("host", max_length=300, blank=True, editable=False)
    webhook_hint = models.CharField(max_length=4, blank=True, editable=False)
    channel = Line(
        "room",
        max_length=100,
        blank=True,
        help_text="#room, @user or a room id. With a webhook only if another room than its own is wanted and "
        "Rocket.Chat allows that for the integration.",
    )
    alias = Line(max_length=60, blank=True, help_text="Name shown as the sender; empty: the integration's.")
    emoji = Line(max_length=60, blank=True, validators=[_EMOJI], help_text="For example :rotating_light:")
    avatar_url = models.URLField(
        "avatar",
        max_length=500,
        blank=True,
        validators=[URLValidator(["http", "https"])],
        help_text="Not with an emoji.",
    )
    connect_timeout = WholeNumber(default=3, bounds=bounds.CALL_SECONDS, help_text="Seconds.")
    timeout = WholeNumber(
        default=10,
        bounds=bounds.CALL_SECONDS,
        help_text="Seconds for the whole call: connecting, sending and the answer.",
    )
    verify_tls = models.BooleanField("verify TLS", default=True)
    ca_file = Line(
        "CA file",
        max_length=300,
        blank=True,
        validators=[validators.check_file],
        help_text="Path, on the machines of the workers, of a PEM file with the CA to trust instead of the usual ones.",
    )
    template = models.ForeignKey(
        "routing.Template",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="targets",
        help_text="How messages here read, unless the rule says so. Messages that are edited in place keep AlertHub's words.",
    )
    rate_limit_calls = WholeNumber(
        "rate limit: calls",
        default=10,
        bounds=bounds.RATE_CALLS,
        help_text="Rocket.Chat allows 10 a minute for a webhook; 0: no limit.",
    )
    rate_limit_seconds = WholeNumber("rate limit: seconds", default=60, bounds=bounds.RATE_SECONDS)
    text_limit = WholeNumber(
        default=5000,
        bounds=bounds.TEXT_LIMIT,
        help_text="Characters a message may have: Message_MaxAllowedSize of the server.",
    )
    updates = models.CharField(
        "updates are shown",
        max_length=12,
        choices=Updates,
        default=Updates.NEW_MESSAGE,
        help_text="What later notifications about the same group become. Editing needs a Rocket.Chat server.",
    )
    resolved_in_room = models.BooleanField(
        "show resolved in the room",
        default=False,
        help_text="With threads: the resolved message is shown in the room too (through a webhook: only there).",
    )
    digest_after = WholeNumber(
        "merge after",
        default=30,
        bounds=bounds.DIGEST_AFTER_SECONDS,
        help_text="Seconds a message may wait for the rate limit; if more waits than that carries, it is merged into "
        "digests. 0: never merge.",
    )
    fallback_target = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Gets a copy of what is owed here when this target does not take it.",
    )
    fallback_after = WholeNumber(
        default=900, bounds=bounds.FALLBACK_AFTER_SECONDS, help_text="Seconds of trouble before that."
    )
    hears_troubles = models.BooleanField(
        "hears AlertHub's own troubles",
        default=False,
        help_text="Unhealthy targets, missing workers, late deliveries and refused requests are told here.",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    history = Records(secrets=["webhook_sealed"], masked_as="webhook address", masks=["webhook_origin", "webhook_hint"])

    class Meta:
        ordering = ["name"]
        permissions = [("test_target", "Can send test messages")]
        constraints = [
            models.CheckConstraint(
                condition=(Q(server=None) & ~Q(webhook_sealed=""))
                | (Q(server__isnull=False) & Q(webhook_sealed=""))
                # It waits for its address, and holds what it is owed.
                | Q(server=None, webhook_sealed="", enabled=False),
                name="webhook_or_server",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if self.emoji and self.avatar_url:
            raise ValidationError({"avatar_url": "Choose an emoji or an avatar: Rocket.Chat shows only one of them."})
        if self.connect_timeout and self.timeout and self.connect_timeout > self.timeout:
            raise ValidationError({"connect_timeout": "Connecting cannot take longer than the whole call."})
        if self.lacks_address and self.enabled:
            raise ValidationError(NEEDS_ADDRESS)
        if self.server_id is not None and self.webhook_sealed:
            raise ValidationError(
                {"server": "Choose a webhook address or a Rocket.Chat server: one target is one road."}
            )
        if self.server_id is not None and not self.channel.strip():
            raise ValidationError({"channel": "Name the room on the server: #room, @user or a room id."})
        if self.server_id is None and self.updates == self.Updates.EDIT:
            raise ValidationError({"updates": "A webhook cannot edit messages: choose a Rocket.Chat server for that."})
        if self.fallback_target_id is not None and self.fallback_target_id == self.pk:
            raise ValidationError({"fallback_target": "A target cannot be its own fallback."})

    @property
    def masked_url(self) -> str:
        """Scheme, host and the last 4 characters, or the server and the room: all that is ever shown of the address."""
        if self.server is not None:
            return f"{self.server.origin} {self.channel}"
        return f"{self.webhook_origin}/…{self.webhook_hint}" if self.webhook_origin else ""

    @property
    def lacks_address(self) -> bool:
        """It leads nowhere yet: only a disabled target may, and it holds what it is owed."""
        return self.server_id is None and not self.webhook_sealed

    @property
    def is_rest(self) -> bool:
        return self.server_id is not None

    def leave_webhook(self) -> None:
        """Forget the webhook's address, for a target that moves to a server; does not save."""
        self.webhook_sealed = self.webhook_origin = self.webhook_hint = ""

    def set_webhook_url(self, url: str) -> None:
        """Seal the address; does not save. Raises ValidationError."""
        url = url.strip()
        check_webhook_url(url)
        parts = urlsplit(url)
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        self.webhook_sealed = secrets.seal(url, self._place)
        self.webhook_origin = f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port else "")
        self.webhook_hint = url[-4:]

    def webhook_url(self) -> str:
        """The address in clear, for the sender only. Raises secrets.Unreadable."""
        return secrets.unseal(self.webhook_sealed, self._place)

    @property
    def _place(self) -> str:
        return f"target:{self.uid}:webhook"
