"""Rocket.Chat servers. The access token goes in and never comes out: pages show its mask only."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import NON_FIELD_ERRORS
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.debug import sensitive_post_parameters
from unfold.decorators import display

from routing.admin import concurrent, marks, secret
from routing.admin.concurrent import SeenForm
from routing.admin.folding import fold
from routing.admin.remembered import Remembered
from routing.admin.secret import SecretField, SecretForm
from routing.changes.changing import Values, differs
from routing.inputs import risky
from routing.models import RocketChatServer


class RocketChatServerForm(SecretForm, SeenForm):
    """The token is written, never read: an empty field keeps what is there, as long as the address stays."""

    written_only = "access_token"

    access_token = SecretField(
        required=False,
        max_length=500,
        help_text="From Rocket.Chat, logged in as the bot: its profile, Personal Access Tokens. It is shown there once, "
        "with the user id, and stored encrypted here.",
    )

    class Meta:
        model = RocketChatServer
        fields: list[str] = []  # the admin names them, in its fieldsets

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.token_sealed:
            secret.stands_as(self.fields["access_token"], self.instance.masked_token)

    def clean_access_token(self) -> str:
        """Seals the token for the address it was entered with; nothing of it stays in the form."""
        token = self.cleaned_data["access_token"]
        if token:
            self.instance.base_url = self.cleaned_data.get("base_url", self.instance.base_url)
            self.instance.set_token(token)
        elif not self.instance.token_sealed:
            raise forms.ValidationError("A server needs the access token of its bot account.")
        return ""

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if self.has_error("access_token"):
            # The model misses the token too; once is enough.
            self.errors.pop(NON_FIELD_ERRORS, None)


@admin.register(RocketChatServer)
class RocketChatServerAdmin(Remembered):
    form = RocketChatServerForm
    asks_for = "Access token"
    list_display = ["name", "address", "user_id", "access_token_shown", "rooms"]
    search_fields = ["name", "base_url"]
    warn_unsaved_form = True
    readonly_fields = ["targets_shown"]
    fieldsets = [
        ("Where", {"fields": ["name", "base_url"]}),
        ("The bot's account", {"fields": ["user_id", "access_token"]}),
        fold("Rate limit", ("rate_limit_calls", "rate_limit_seconds")),
        fold("TLS", "verify_tls", "ca_file"),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[RocketChatServer]:
        return super().get_queryset(request).annotate(target_count=Count("targets"))

    def get_fieldsets(self, request: HttpRequest, obj: RocketChatServer | None = None) -> Any:
        """Its targets beside it; who may only look sees the token's mask where others enter it."""
        if obj is None:
            return super().get_fieldsets(request, obj)
        where, account, *others = super().get_fieldsets(request, obj)
        if not self.has_change_permission(request, obj):
            fields = ["access_token_shown" if name == "access_token" else name for name in account[1]["fields"]]
            account = (account[0], {"fields": fields})
        shown = [(where[0], {"fields": [*where[1]["fields"], "targets_shown"]}), account, *others]
        return concurrent.with_field(shown) if self.has_change_permission(request, obj) else shown

    @method_decorator(sensitive_post_parameters("access_token"))
    def changeform_view(self, *args: Any, **kwargs: Any) -> Any:
        return super().changeform_view(*args, **kwargs)

    def needs_secret(self, row: RocketChatServer) -> bool:
        return row.needs_token()

    def take_secret(self, row: RocketChatServer, secret: str) -> None:
        row.set_token(secret)

    def warns_of(self, row: RocketChatServer, before: Values | None) -> list[str]:
        return [risky.PLAIN] if differs(row, before, "base_url") and risky.is_plain(row.base_url) else []

    def now_is(self, request: HttpRequest, row: RocketChatServer, before: Values | None) -> SafeString | str:
        address = f"Address is now {row.base_url}." if differs(row, before, "base_url") else ""
        token = f"Access token is now {row.masked_token}." if differs(row, before, "token_sealed") else ""
        return f"{address} {token}".strip()

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """A server goes only when no target posts through it any more."""
        servers = list(objs)
        needed = [
            format_html(
                '{} is needed by the target <a href="{}">{}</a>: give that another way to its room, or delete it first.',
                server, reverse("admin:routing_target_change", args=[target.pk]), target,
            )
            for server in servers
            for target in server.targets.all()
        ]  # fmt: skip
        gone = [f"{server}: no target posts through it. Its access token is forgotten here." for server in servers]
        return gone, {"servers": len(servers)}, set(), needed

    @display(description="Address")
    def address(self, server: RocketChatServer) -> SafeString | str:
        shown = marks.code(server.base_url)
        if risky.is_plain(server.base_url):
            return format_html("{} {}", shown, marks.badge("not encrypted", "orange", risky.PLAIN))
        return shown if server.verify_tls else format_html("{} {}", shown, marks.badge("TLS not verified", "orange"))

    @display(description="Access token")
    def access_token_shown(self, server: RocketChatServer) -> SafeString | str:
        return marks.code(server.masked_token)

    @display(description="Targets", ordering="target_count")
    def rooms(self, server: Any) -> str:
        return str(server.target_count)

    @display(description="Targets")
    def targets_shown(self, server: RocketChatServer) -> SafeString | str:
        pages = (
            (reverse("admin:routing_target_change", args=[target.pk]), target, target.channel)
            for target in server.targets.all()
        )
        return format_html_join(", ", '<a class="ah-link" href="{}">{}</a> ({})', pages) or "none yet"
