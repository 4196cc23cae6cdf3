"""The rule tester for programs: what would become of labels, a body or a stored notification. Nothing is sent."""

from __future__ import annotations

import json
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from deliveries.foresight import tryout
from deliveries.foresight.tryout import Entry, Unreadable
from deliveries.models import Notification
from routing import rulebook
from routing.api.fields import RowId
from routing.api.strict import Strict
from routing.api.views import ApiView
from routing.models import Rule, Source
from routing.models.moment import check_moment


class AskedSerializer(Strict):
    """One of `labels`, `payload` and `notification`."""

    labels = serializers.DictField(
        child=serializers.CharField(allow_blank=True), required=False, help_text="Of one alert."
    )
    status = serializers.ChoiceField(["firing", "resolved"], default="firing", help_text="Of that alert.")
    payload = serializers.JSONField(required=False, help_text="What Alertmanager would post.")
    notification = RowId(queryset=Notification.objects.all(), required=False, help_text="Id of one that is stored.")
    source = RowId(  # type: ignore[assignment]  # the metaclass takes it away before it hides Field.source
        queryset=Source.objects.all(),
        required=False,
        help_text="Id of who would post labels or payload: it decides which labels say the severity.",
    )
    at = serializers.DateTimeField(
        required=False, validators=[check_moment], help_text="As if it were this moment. Left out: now."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if sum(name in attrs for name in ("labels", "payload", "notification")) != 1:
            raise serializers.ValidationError("Give one of the three: labels, payload or notification.")
        return attrs


class ConditionSerializer(serializers.Serializer[Any]):
    text = serializers.CharField()
    fits = serializers.BooleanField()
    seen = serializers.CharField(help_text="What the alert has.")


class WalkSerializer(serializers.Serializer[Any]):
    rule = serializers.IntegerField(source="rule_id")
    name = serializers.CharField(source="rule_name")
    verdict = serializers.CharField(help_text="took, goes on, muted, passed, not reached or not needed.")
    why = serializers.CharField()
    conditions = ConditionSerializer(many=True)
    targets = serializers.ListField(source="target_ids", child=serializers.IntegerField(), help_text="Told by it.")


class TriedAlertSerializer(serializers.Serializer[Any]):
    position = serializers.IntegerField()
    labels = serializers.DictField(source="alert.labels", child=serializers.CharField())
    status = serializers.CharField(source="alert.status")
    severity = serializers.CharField()
    silence = serializers.IntegerField(
        source="quiet.silence_id", default=None, help_text="While it lasts, no rule is asked."
    )
    told_to = serializers.ListField(source="target_names", child=serializers.CharField())
    not_told = serializers.ListField(source="fates", child=serializers.CharField(), help_text="Why not, in words.")
    rules = WalkSerializer(source="lines", many=True)


class TriedMessageSerializer(serializers.Serializer[Any]):
    target = serializers.IntegerField(source="target_id")
    target_name = serializers.CharField()
    rule_name = serializers.CharField()
    status = serializers.CharField()
    severity = serializers.CharField()
    positions = serializers.ListField(child=serializers.IntegerField(), help_text="Places of its alerts.")
    message = serializers.DictField(source="body", help_text="As it would be posted; D-0 stands for its number.")
    template_fault = serializers.CharField(source="fault", help_text="Why its template was not used; mostly empty.")


class TriedSerializer(serializers.Serializer[Any]):
    alerts = TriedAlertSerializer(many=True, help_text="At most 50.")
    messages = TriedMessageSerializer(many=True, help_text="At most 20.")


class TryoutViewSet(ApiView):
    """What the rules would do, rule by rule, and the messages word for word."""

    queryset = Rule.objects.all()
    filter_backends = []
    action_permissions = {"create": "routing.view_rule"}

    @extend_schema(request=AskedSerializer, responses={200: TriedSerializer})
    def create(self, request: Request) -> Response:
        asked = AskedSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        now = asked.validated_data.get("at") or timezone.now()
        try:
            entry = _entry(request, asked.validated_data, now)
        except Unreadable as error:
            raise serializers.ValidationError(str(error)) from None
        return Response(TriedSerializer(tryout.run(entry, rulebook.current(), now)).data)


def _entry(request: Request, asked: dict[str, Any], now: Any) -> Entry:
    if notification := asked.get("notification"):
        if not request.user.has_perm("deliveries.view_notification"):
            raise PermissionDenied("Trying a stored notification needs the permission deliveries.view_notification.")
        return tryout.of_notification(notification)
    if "payload" in asked:
        return tryout.of_body(json.dumps(asked["payload"]).encode(), source=asked.get("source"))
    return tryout.of_alert(asked["labels"], asked["status"], now, asked.get("source"))
