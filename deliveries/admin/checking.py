"""The button "Check connection" on the pages of servers and of targets that post through one, and what it found."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from unfold.admin import ModelAdmin
from unfold.decorators import action

from deliveries.send import roads
from routing.models import RocketChatServer, Target


class CheckConnection(ModelAdmin):
    """Looking asks; a POST checks and answers with the findings, step by step. Nothing is posted to a room."""

    def has_check_connection_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """For who may change the row; a target with a webhook has no server to ask."""
        row = self.get_object(request, str(object_id)) if object_id is not None else None
        return row is not None and self.has_change_permission(request, row) and _server_of(row) is not None

    @action(description="Check connection", url_path="check", icon="network_check", permissions=["check_connection"])
    def check_connection(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row: Any = self.get_object(request, object_id)
        server = _server_of(row) if row is not None else None
        if server is None:
            raise Http404
        room = row.channel if isinstance(row, Target) else ""
        findings = roads.check(server, room) if request.method == "POST" else ()
        context = self.admin_site.each_context(request) | {
            "title": f"Connection of {row}",
            "opts": self.opts,
            "original": row,
            "server": server,
            "room": room,
            "findings": findings,
            "amiss": sum(not finding.ok for finding in findings),
        }
        return TemplateResponse(request, "deliveries/connection.html", context)


def _server_of(row: RocketChatServer | Target) -> RocketChatServer | None:
    return row.server if isinstance(row, Target) else row
