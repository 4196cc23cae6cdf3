"""API tokens: each acts for a user. Like ingest tokens they are seen once."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.decorators import action, display

from routing.access import tokens
from routing.admin import marks, token_page
from routing.admin.seen_once import SeenOnce
from routing.models import ApiToken


@admin.register(ApiToken)
class ApiTokenAdmin(SeenOnce):
    secret_prefix = tokens.API_PREFIX
    list_display = ["name", "user", "machine", "ends_with", "standing", "expires", "last_used"]
    list_select_related = ["user"]
    list_filter_submit = True
    search_fields = ["name", "user__username"]
    actions = ["expire_now"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiToken]:
        """A token acts with its user's permissions, so others than superusers meet only their own."""
        every = super().get_queryset(request)
        return every if request.user.is_superuser else every.filter(user=request.user)

    def get_fields(self, request: HttpRequest, obj: ApiToken | None = None) -> list[str]:
        if obj:
            return ["name", "acts_for", "machine", "ends_with", "standing", "expires_at", "made", "last_used"]
        return ["name", *(["user"] if request.user.is_superuser else []), "machine", "expires_at"]

    def get_readonly_fields(self, request: HttpRequest, obj: ApiToken | None = None) -> list[str]:
        if obj is None:
            return []
        # What ended for good is not brought back by a later end.
        return ["acts_for", "ends_with", "standing", "made", "last_used", *(["expires_at"] if obj.ended_at else [])]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"user": request.user.pk} | super().get_changeform_initial_data(request)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "user":
            kwargs["queryset"] = get_user_model().objects.filter(is_active=True)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:
        if not change and not request.user.is_superuser:
            obj.user = request.user
        super().save_model(request, obj, form, change)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        context = self.admin_site.each_context(request) | {"opts": self.opts, "original": obj}
        return token_page.shown_once(request, context, obj.secret, obj)

    @action(description="Expire now", permissions=["change"])
    def expire_now(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        expired = queryset.update(expires_at=timezone.now())
        self.message_user(request, f"{expired} token{'s' if expired != 1 else ''} expired: refused from now on.")

    @display(description="User")
    def acts_for(self, token: ApiToken) -> str:
        """As text: Django would link to a page that only administrators may open."""
        return str(token.user)

    @display(description="Ends with")
    def ends_with(self, token: ApiToken) -> SafeString | str:
        return marks.code(f"…{token.hint}") if token.hint else marks.NOTHING

    @display(description="Status")
    def standing(self, token: ApiToken) -> SafeString:
        return token_page.standing(token)

    @display(description="Expires", ordering="expires_at")
    def expires(self, token: ApiToken) -> SafeString | str:
        return marks.moment(token.expires_at) if token.expires_at else "never"

    @display(description="Made")
    def made(self, token: ApiToken) -> SafeString | str:
        return marks.moment(token.created_at)

    @display(description="Last used", ordering="last_used_at")
    def last_used(self, token: ApiToken) -> SafeString | str:
        return marks.moment(token.last_used_at)
