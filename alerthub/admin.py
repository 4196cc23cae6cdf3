"""Users and groups in the admin's look, and its first page."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth import admin as auth_admin
from django.contrib.auth.models import Group, User
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from routing.admin.forgiving import Forgiving

admin.site.unregister(User)
admin.site.unregister(Group)
admin.site.index_title = "Today"
admin.site.index_template = "alerthub/index.html"


@admin.register(User)
class UserAdmin(auth_admin.UserAdmin, Forgiving):
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm


@admin.register(Group)
class GroupAdmin(auth_admin.GroupAdmin, Forgiving):
    pass
