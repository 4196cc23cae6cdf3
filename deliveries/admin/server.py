"""What sending adds to the pages of Rocket.Chat servers: the check of the connection."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from deliveries.admin.checking import CheckConnection
from routing.admin import RocketChatServerAdmin
from routing.changes.changing import Values
from routing.models import RocketChatServer


class SendingServerAdmin(CheckConnection, RocketChatServerAdmin):
    actions_detail = ["check_connection"]

    def now_is(self, request: HttpRequest, row: RocketChatServer, before: Values | None) -> SafeString | str:
        """With the way to try it, for who may."""
        said = super().now_is(request, row, before)
        if not said or not self.has_change_permission(request, row):
            return said
        check = reverse("admin:routing_rocketchatserver_check_connection", args=[row.pk])
        return format_html('{} It was not tried yet: <a class="ah-link" href="{}">Check connection</a>', said, check)


# Routing knows nothing of deliveries, so its page is replaced from here; `routing` is loaded first.
admin.site.unregister(RocketChatServer)
admin.site.register(RocketChatServer, SendingServerAdmin)
