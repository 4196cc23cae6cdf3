"""Sources and their ingest tokens."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Count, Max, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from unfold.admin import TabularInline
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminTextInputWidget

from routing.access import tokens
from routing.admin import marks, moments, token_page
from routing.admin.folding import fold
from routing.admin.labelled import LabelledForm
from routing.admin.remembered import Remembered
from routing.changes import changing
from routing.changes.history import note
from routing.models import IngestToken, Source
from routing.rules.severity import LABELS


class IngestTokenInline(TabularInline):
    """Names and ends can be edited; a new one is made on its own page, which shows it."""

    model = IngestToken
    form = LabelledForm
    formfield_overrides = moments.OVERRIDES
    fields = ["name", "ends_with", "standing", "expires_at", "last_used"]
    readonly_fields = ["ends_with", "standing", "last_used"]
    extra = 0
    hide_title = True
    verbose_name_plural = "Tokens: to change one without a gap, add a new one, then let the old one expire"

    def has_add_permission(self, request: HttpRequest, obj: Source | None = None) -> bool:
        return False

    @display(description="Ends with")
    def ends_with(self, token: IngestToken) -> SafeString | str:
        return marks.code(f"…{token.hint}") if token.hint else marks.NOTHING

    @display(description="Status")
    def standing(self, token: IngestToken) -> SafeString:
        return token_page.standing(token)

    @display(description="Last used")
    def last_used(self, token: IngestToken) -> SafeString | str:
        return marks.moment(token.last_used_at)


class LabelNamesField(forms.CharField):
    """A list of names in one line, with commas."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        named = [name.strip() for name in (super().to_python(value) or "").split(",") if name.strip()]
        return named or list(LABELS)


class SourceForm(forms.ModelForm):
    severity_labels = LabelNamesField(
        required=False,
        max_length=1000,
        help_text=f"{Source._meta.get_field('severity_labels').help_text} For example: severity, level, priority.",
        widget=UnfoldAdminTextInputWidget(attrs={"spellcheck": "false"}),
    )

    class Meta:
        model = Source
        fields: list[str] = []  # the admin names them
        help_texts = {
            "duplicate_window": Source._meta.get_field("duplicate_window").help_text.replace(
                "the same state", "the same"
            )
        }


@admin.register(Source)
class SourceAdmin(Remembered):
    list_display = ["name", "enabled", "token_count", "last_used"]
    search_fields = ["name"]
    form = SourceForm
    fieldsets = [
        (None, {"fields": ["name", "enabled"]}),
        fold("What is read", "severity_labels"),
        fold("Repeated and forgotten alerts", "duplicate_window", "repeat_interval", "close_after"),
    ]
    inlines = [IngestTokenInline]
    actions_detail = ["new_token"]
    warn_unsaved_form = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Source]:
        return super().get_queryset(request).annotate(used_at=Max("tokens__last_used_at"), held=Count("tokens"))

    def get_inlines(self, request: HttpRequest, obj: Source | None) -> list[Any]:
        return list(self.inlines) if obj else []

    def has_new_token_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A token lets somebody in, which is more than changing a source's name; the REST API asks for the same."""
        return request.user.has_perm("routing.add_ingesttoken")

    def response_add(self, request: HttpRequest, obj: Source, post_url_continue: str | None = None) -> HttpResponse:
        """A source without a token lets nobody in, so its first token is what comes next."""
        if "_save" in request.POST and self.has_new_token_permission(request, obj):
            self.message_user(request, f"Source {obj} was added. Now make its first token.", messages.SUCCESS)
            return HttpResponseRedirect(reverse("admin:routing_source_new_token", args=[obj.pk]))
        return super().response_add(request, obj, post_url_continue)

    @display(description="Tokens", ordering="held")
    def token_count(self, source: Any) -> str:
        return str(source.held)

    @display(description="Last used", ordering="used_at")
    def last_used(self, source: Any) -> SafeString | str:
        return marks.moment(source.used_at)

    @action(
        description="New token", url_path="new-token", icon="key", variant=ActionVariant.PRIMARY,
        permissions=["new_token"],
    )  # fmt: skip
    def new_token(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Asks for a name, then shows the token in the answer to the POST, this once."""
        source = self.get_object(request, object_id)
        if source is None:
            raise Http404
        form = token_page.NewTokenForm(request.POST or None)
        context = self.admin_site.each_context(request) | {"opts": self.opts, "original": source}
        if request.method == "POST" and form.is_valid():
            secret, token = self._add_token(source, form)
            self.log_change(request, source, f"Added token {token}.")
            return token_page.shown_once(request, context, secret, token)
        return TemplateResponse(
            request, "routing/token_new.html", context | {"form": form, "title": f"New token for {source}"}
        )

    @transaction.atomic
    def _add_token(self, source: Source, form: token_page.NewTokenForm) -> tuple[str, IngestToken]:
        """The secret, which only this once is known. The source is locked, since its history tells of its tokens."""
        source = changing.locked(Source, source.pk) or source
        secret = tokens.new(tokens.INGEST_PREFIX)
        token: IngestToken = form.save(commit=False)
        token.source = source
        token.keep(secret)
        token.save()
        note(source)
        return secret, token
