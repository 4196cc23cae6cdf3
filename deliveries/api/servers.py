"""What sending adds to the REST API of Rocket.Chat servers: the check of the connection."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from deliveries.send import roads
from routing.api.strict import Strict
from routing.api.views import RocketChatServerViewSet
from routing.models import RocketChatServer


class RoomSerializer(Strict):
    room = serializers.CharField(
        required=False, allow_blank=True, max_length=100, help_text="#room, @user or a room id, to look for it too."
    )


class FindingSerializer(serializers.Serializer[object]):
    step = serializers.CharField()
    ok = serializers.BooleanField()
    words = serializers.CharField(help_text="What was found; if it is not ok, also what to do about it.")


class ConnectionSerializer(serializers.Serializer[object]):
    ok = serializers.BooleanField(help_text="Every step is.")
    findings = FindingSerializer(many=True, help_text="In order, up to the first step that stops the others.")


class CheckableServerViewSet(RocketChatServerViewSet):
    __doc__ = RocketChatServerViewSet.__doc__

    action_permissions = {"check": "routing.change_rocketchatserver"}

    @extend_schema(request=RoomSerializer, responses=ConnectionSerializer)
    @action(detail=True, methods=["post"])
    def check(self, request: Request, pk: str) -> Response:
        """Ask the server who it is, log in, and look for a room if one is named. Nothing is posted."""
        server: RocketChatServer = self.get_object()
        asked = RoomSerializer(data=request.data or {})
        asked.is_valid(raise_exception=True)
        findings = roads.check(server, asked.validated_data.get("room", ""))
        told = {"ok": all(finding.ok for finding in findings), "findings": findings}
        return Response(ConnectionSerializer(told).data)
