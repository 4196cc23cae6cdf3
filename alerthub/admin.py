"""Users and groups in the admin's look, and its first page."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth import admin as auth_admin
from django.contrib.auth.models import Group, User
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from alerthub.people import access, roles
from routing.admin import marks
from routing.admin.forgiving import Forgiving

admin.site.unregister(User)
admin.site.unregister(Group)
admin.site.index_title = "Today"
admin.site.index_template = "alerthub/index.html"

_SENTENCES = {role.name: role.sentence for role in roles.ROLES}
_LAST = "This is the last person who may do everything: give that role to somebody else first."


class RoleField(forms.ModelMultipleChoiceField):
    """Each role with what it may do."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            queryset=Group.objects.order_by("name"),
            required=False,
            label="Role",
            widget=UnfoldAdminCheckboxSelectMultipleWidget,
            help_text="Who has a role may log in here. Several add up.",
            **kwargs,
        )

    def label_from_instance(self, group: Any) -> str:
        sentence = _SENTENCES.get(group.name)
        return f"{group.name}: {sentence}" if sentence else str(group)


class PersonForm(UserChangeForm):
    groups = RoleField()

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        chosen = {group.name for group in cleaned.get("groups", ())}
        keeps = cleaned.get("is_active", self.instance.is_active) and (
            cleaned.get("is_superuser", self.instance.is_superuser) or roles.ADMINISTRATOR in chosen
        )
        if not keeps and is_last_administrator(self.instance):
            self.add_error(None, _LAST)
        return cleaned


class NewPersonForm(UserCreationForm):
    groups = RoleField()


@admin.register(User)
class UserAdmin(auth_admin.UserAdmin, Forgiving):
    form = PersonForm
    add_form = NewPersonForm
    change_password_form = AdminPasswordChangeForm
    list_display = ["username", "role", "email", "last_login_shown", "is_active"]
    list_filter = ["groups", "is_active", "is_superuser"]
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("What they may do", {"fields": ("groups", "is_superuser", "is_active")}),
        ("Person", {"fields": ("first_name", "last_name", "email")}),
        ("When", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (None, {"classes": ("wide",), "fields": ("username", "usable_password", "password1", "password2", "groups")}),
    )
    readonly_fields = ("last_login", "date_joined")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("groups")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and "is_active" in form.changed_data:
            self.message_user(request, _when_active(obj) if obj.is_active else _when_deactivated(obj))

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> Any:  # noqa: A002  Django's name
        """Also taking the password away ends what a new one ends, which Django tells nobody of."""
        before = User.objects.filter(pk=id).values_list("password", flat=True).first() if id.isdecimal() else None
        response = super().user_change_password(request, id, form_url)
        if before is not None and (user := User.objects.get(pk=id)).password != before:
            access.end_own_tokens(user)
            self.message_user(request, access.after_password(user))
        return response

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Who has a role may log in; without one there is nothing to see."""
        super().save_related(request, form, formsets, change)
        user = form.instance
        may_log_in = user.is_superuser or user.groups.exists()
        if user.is_staff != may_log_in:
            user.is_staff = may_log_in
            user.save(update_fields=["is_staff"])

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and not (obj is not None and is_last_administrator(obj))

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        """Of several, the last administrator stays."""
        for user in queryset:
            if is_last_administrator(user):
                self.message_user(request, f"{user} stays. {_LAST}", "error")
            else:
                self.delete_model(request, user)

    @display(description="Role")
    def role(self, user: Any) -> str:
        names = [*(["Superuser"] if user.is_superuser else []), *(group.name for group in user.groups.all())]
        return ", ".join(names) or "none: may not log in"

    @display(description="Last login", ordering="last_login")
    def last_login_shown(self, user: Any) -> SafeString | str:
        return marks.moment(user.last_login)


@admin.register(Group)
class GroupAdmin(auth_admin.GroupAdmin, Forgiving):
    """Roles are set by AlertHub itself; other groups are the installation's own."""

    list_display = ["name", "what"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and not (obj is not None and obj.name in _SENTENCES)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and not (obj is not None and obj.name in _SENTENCES)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        super().delete_queryset(request, queryset.exclude(name__in=_SENTENCES))

    @display(description="What they may do")
    def what(self, group: Any) -> str:
        return _SENTENCES.get(group.name, "a group of your own")


def password_changed(request: HttpRequest) -> HttpResponse:
    """Django's page after people changed their own password, with what that ended."""
    messages.info(request, access.after_password(request.user))
    return admin.site.password_change_done(request)


def _when_deactivated(user: Any) -> str:
    sessions, stopped = access.end_sessions(user), access.usable_tokens(user, although_deactivated=True)
    return f"{user} is deactivated. Sessions ended: {sessions}. API tokens stopped: {len(stopped)}."


def _when_active(user: Any) -> str:
    names = ", ".join(access.usable_tokens(user))
    again = (
        f"These API tokens open again: {names}. Delete those nobody needs." if names else "No API token opens again."
    )
    return f"{user} is active again. {again}"


def is_last_administrator(user: Any) -> bool:
    """True if nobody but them may do everything."""
    if user.pk is None or not roles.is_administrator(user):
        return False
    all_powerful = Q(is_superuser=True) | Q(groups__name=roles.ADMINISTRATOR)
    return not User.objects.filter(all_powerful, is_active=True, is_staff=True).exclude(pk=user.pk).exists()
