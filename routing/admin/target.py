"""Targets: a webhook, or a server and a room. The webhook address goes in and never comes out: pages show its mask."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import NON_FIELD_ERRORS
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
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
from routing.models import Target
from routing.models.rule import only_target_of
from routing.models.target import NEEDS_ADDRESS


class TargetForm(SecretForm, SeenForm):
    """The address is written, never read: an empty field keeps what is there, unless a server is chosen instead."""

    written_only = "webhook_address"

    webhook_address = SecretField(
        required=False,
        max_length=2000,
        help_text="From Rocket.Chat: Administration, Integrations, Incoming, Webhook URL. It is stored encrypted. Leave it "
        "empty to post through a Rocket.Chat server.",
    )

    class Meta:
        model = Target
        fields: list[str] = []  # the admin names them, in its fieldsets

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._has_new_address = False
        if self.instance.pk and "fallback_target" in self.fields:
            others: Any = self.fields["fallback_target"]
            others.queryset = others.queryset.exclude(pk=self.instance.pk)
        if self.instance.webhook_sealed:
            secret.stands_as(self.fields["webhook_address"], self.instance.masked_url)
        else:
            self.fields["webhook_address"].widget.attrs["placeholder"] = "https://HOST/hooks/ID/TOKEN"

    def clean_webhook_address(self) -> str:
        """Seals the address in the target; nothing of it stays in the form."""
        url = self.cleaned_data["webhook_address"]
        if url:
            self.instance.set_webhook_url(url)
            self.instance.risks = risky.of_webhook(url)
            self._has_new_address = True
        return ""

    def clean(self) -> dict[str, Any] | None:
        """A server takes the place of the address that was there; an address entered beside it is one road too many."""
        cleaned = super().clean()
        if self.cleaned_data.get("server") and not self._has_new_address:
            self.instance.leave_webhook()
        elif not self.instance.webhook_sealed and self._is_enabled and not self.has_error("webhook_address"):
            self.add_error("webhook_address", NEEDS_ADDRESS)
        return cleaned

    def may_stay_empty(self, name: str) -> bool:
        return self.cleaned_data.get("server") is not None or self.has_error("server")

    @property
    def _is_enabled(self) -> bool:
        return bool(self.cleaned_data.get("enabled", self.instance.enabled))

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if self.has_error("webhook_address"):
            # The model misses the address too; once is enough.
            self.errors.pop(NON_FIELD_ERRORS, None)


@admin.register(Target)
class TargetAdmin(Remembered):
    form = TargetForm
    asks_for = "Webhook address"
    list_display = ["name", "enabled", "address", "room", "told_by"]
    search_fields = ["name", "webhook_origin", "channel"]
    list_filter = ["enabled", "server"]
    list_filter_sheet = False
    list_select_related = ["server"]
    warn_unsaved_form = True
    fieldsets = [
        ("Where", {"fields": ["name", "enabled", "webhook_address", ("server", "channel")]}),
        fold("How it looks", "alias", "emoji", "avatar_url", "template"),
        fold("What follows a message", "updates", "resolved_in_room"),
        fold(
            "Sending",
            ("rate_limit_calls", "rate_limit_seconds"), "digest_after", ("connect_timeout", "timeout"), "text_limit",
        ),
        fold("When it does not take messages", "fallback_target", "fallback_after"),
        fold("AlertHub's own troubles", "hears_troubles"),
        fold("TLS", "verify_tls", "ca_file", description="Of the webhook. A Rocket.Chat server has its own."),
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Target]:
        return super().get_queryset(request).annotate(rule_count=Count("rules"))

    def get_fieldsets(self, request: HttpRequest, obj: Target | None = None) -> Any:
        """Who may only look sees the address's mask where others enter it."""
        if not obj or self.has_change_permission(request, obj):
            return concurrent.with_field(super().get_fieldsets(request, obj))
        fieldsets: Any = self.fieldsets
        (where, shown), *others = fieldsets
        fields = ["address" if name == "webhook_address" else name for name in shown["fields"]]
        return [(where, {"fields": fields}), *others]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "avatar_url":
            kwargs["assume_scheme"] = "https"
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    @method_decorator(sensitive_post_parameters("webhook_address"))
    def changeform_view(self, *args: Any, **kwargs: Any) -> Any:
        return super().changeform_view(*args, **kwargs)

    def fit(self, row: Target) -> None:
        """One target is one road: what goes through a server again leaves its webhook."""
        if row.server_id is not None:
            row.leave_webhook()

    def needs_secret(self, row: Target) -> bool:
        return row.lacks_address and row.enabled

    def take_secret(self, row: Target, secret: str) -> None:
        row.set_webhook_url(secret)

    def warns_of(self, row: Target, before: Values | None) -> list[str]:
        """Of an address that was just entered; of a server chosen just now."""
        is_new_road = row.server is not None and differs(row, before, "server_id")
        of_server = [risky.PLAIN] if is_new_road and row.server and risky.is_plain(row.server.base_url) else []
        return [*getattr(row, "risks", []), *of_server]

    def now_is(self, request: HttpRequest, row: Target, before: Values | None) -> SafeString | str:
        if row.lacks_address:
            return ""
        changed = {name for name in ("webhook_sealed", "server_id", "channel") if differs(row, before, name)}
        is_new_address = changed & {"webhook_sealed", "server_id"} or (changed and row.is_rest)
        if is_new_address:
            return f"Address is now {row.masked_url}."
        return f"Room is now {self.room(row)}." if changed else ""

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What goes, and what forbids it: a rule must not be left without a target behind somebody's back."""
        targets = list(objs)
        stranded = [
            format_html(
                'Rule <a href="{}">{}</a> would tell nobody: give it another target first.', _rule_page(rule.pk), rule
            )
            for rule in only_target_of(*targets)
        ]
        return [self.consequence(target) for target in targets], {"targets": len(targets)}, set(), stranded

    def consequence(self, target: Target) -> str:
        """What deleting does, for the page that asks before it."""
        rules = [f'"{rule}"' for rule in target.rules.all()]
        told = f"{target}: " + (f"rule {', '.join(rules)} goes on without it." if rules else "no rule names it.")
        relying = ", ".join(Target.objects.filter(fallback_target=target).values_list("name", flat=True))
        return f"{told} No fallback any more: {relying}." if relying else told

    @display(description="Address")
    def address(self, target: Target) -> SafeString | str:
        if target.lacks_address:
            return marks.badge("no address yet", "red", "Enter its webhook address, then enable it")
        shown = marks.code(target.server.origin if target.server else target.masked_url)
        if target.server and risky.is_plain(target.server.base_url):
            return format_html("{} {}", shown, marks.badge("not encrypted", "orange", risky.PLAIN))
        is_verified = target.server.verify_tls if target.server else target.verify_tls
        return shown if is_verified else format_html("{} {}", shown, marks.badge("TLS not verified", "orange"))

    @display(description="Room", ordering="channel")
    def room(self, target: Target) -> str:
        return target.channel or "the webhook's own"

    @display(description="Rules", ordering="rule_count")
    def told_by(self, target: Any) -> SafeString | str:
        return str(target.rule_count) if target.rule_count else marks.badge("no rule", "orange")


def _rule_page(rule_id: int) -> str:
    return reverse("admin:routing_rule_change", args=[rule_id])
