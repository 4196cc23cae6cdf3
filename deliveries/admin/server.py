"""What sending adds to the pages of Rocket.Chat servers: the check of the connection."""

from __future__ import annotations

from django.contrib import admin

from deliveries.admin.checking import CheckConnection
from routing.admin import RocketChatServerAdmin
from routing.models import RocketChatServer


class SendingServerAdmin(CheckConnection, RocketChatServerAdmin):
    actions_detail = ["check_connection"]


# Routing knows nothing of deliveries, so its page is replaced from here; `routing` is loaded first.
admin.site.unregister(RocketChatServer)
admin.site.register(RocketChatServer, SendingServerAdmin)
