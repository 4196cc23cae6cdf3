"""People and their roles in the admin, and its first page. A role is all that says what somebody may do."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.auth import admin as auth_admin
from django.contrib.auth.forms import UsernameField
from django.contrib.auth.models import Group, User
from django.db.models import Case, Q, Value, When
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from alerthub.people import access, roles
from routing.admin import marks
from routing.admin.folding import fold
from routing.admin.forgiving import Forgiving

admin.site.unregister(User)
admin.site.unregister(Group)
admin.site.index_title = "Today"
admin.site.index_template = "alerthub/index.html"

_SENTENCES = {role.name: role.sentence for role in roles.ROLES}
_LAST = "This is the last person who may do everything: give that role to somebody else first."


_ORDER = Case(*(When(name=role.name, then=Value(place)) for place, role in enumerate(roles.ROLES)), default=Value(99))


class RoleField(forms.ModelMultipleChoiceField):
    """Each role with what it may do, from the least to the most; then an installation's own groups."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            queryset=Group.objects.order_by(_ORDER, "name"),
            label="Role",
            widget=UnfoldAdminCheckboxSelectMultipleWidget,
            error_messages={"required": "Choose a role: it says what they may do, and without one nobody can log in."},
            **kwargs,
        )

    def label_from_instance(self, group: Any) -> str:
        return f"{group.name}: {_SENTENCES.get(group.name, 'a group of your own.')}"


class PersonForm(forms.ModelForm):
    """Somebody made on the command line is an administrator too, and is shown and taken as one."""

    groups = RoleField(required=False, help_text="Several add up. Without any they may not log in.")

    class Meta:
        model = User
        fields: tuple[str, ...] = ()  # the admin names them
        field_classes = {"username": UsernameField}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.is_superuser:
            self.initial["groups"] = list(Group.objects.filter(Q(user=self.instance) | Q(name=roles.ADMINISTRATOR)))
        if "is_active" in self.fields:
            self.fields[
                "is_active"
            ].help_text = "Off: they may not log in, their sessions end and their API tokens stop."

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        chosen = {group.name for group in cleaned.get("groups", ())}
        keeps = cleaned.get("is_active", self.instance.is_active) and roles.ADMINISTRATOR in chosen
        if not keeps and is_last_administrator(self.instance):
            self.add_error(None, _LAST)
        return cleaned


class NewPersonForm(UserCreationForm):
    groups = RoleField(help_text="Several add up.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        logs_in: Any = self.fields["usable_password"]
        logs_in.label, logs_in.help_text = "Logs in", ""
        logs_in.choices = [("true", "with a password"), ("false", "not at all: for API tokens only")]


class RoleFilter(admin.RelatedFieldListFilter):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = "role"


@admin.register(User)
class UserAdmin(auth_admin.UserAdmin, Forgiving):
    form = PersonForm
    add_form = NewPersonForm
    change_password_form = AdminPasswordChangeForm
    list_display = ["username", "role", "email", "last_login_shown", "is_active"]
    list_filter = [("groups", RoleFilter), "is_active"]
    add_form_template = None
    fieldsets: ClassVar[Any] = (
        (None, {"fields": ("username", "password_shown", "groups", "is_active", "last_login_shown")}),
        fold("Person", "first_name", "last_name", "email"),
    )
    add_fieldsets = ((None, {"fields": ("username", "groups", "usable_password", "password1", "password2")}),)
    readonly_fields = ("password_shown", "last_login_shown")

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
        """Who has a role may log in; without one there is nothing to see. Who may do everything is Django's superuser."""
        super().save_related(request, form, formsets, change)
        user = form.instance
        names = set(user.groups.values_list("name", flat=True))
        standing = (bool(names), roles.ADMINISTRATOR in names)
        if (user.is_staff, user.is_superuser) != standing:
            user.is_staff, user.is_superuser = standing
            user.save(update_fields=["is_staff", "is_superuser"])

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
        names = {group.name for group in user.groups.all()} | ({roles.ADMINISTRATOR} if user.is_superuser else set())
        return ", ".join(sorted(names)) or "none: may not log in"

    @display(description="Password")
    def password_shown(self, user: Any) -> SafeString | str:
        """Nothing of it, only the way to another one."""
        if user.pk is None:
            return ""
        there = "" if user.has_usable_password() else "There is none: they log in nowhere with one. "
        address = reverse("admin:auth_user_password_change", args=[user.pk])
        words = "Change password" if user.has_usable_password() else "Set a password"
        return format_html('{}<a class="ah-link" href="{}">{}</a>', there, address, words)

    @display(description="Last login", ordering="last_login")
    def last_login_shown(self, user: Any) -> SafeString | str:
        return marks.moment(user.last_login)


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
