"""The report in the REST API: the figures of its page, and what it says to mend first."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from deliveries.figures.report import DAYS, Report, advice, remembered, tables
from deliveries.figures.report.values import NIGHT
from deliveries.models import Delivery
from routing.api.errors import Unavailable
from routing.api.strict import Strict
from routing.api.views import ApiView

_SECONDS = "Seconds; null: nothing was measured."


class AskedSerializer(Strict):
    days = serializers.ChoiceField(
        DAYS, default=DAYS[0], error_messages={"invalid_choice": f"Give {DAYS[0]}, {DAYS[1]} or {DAYS[2]}."}
    )


class CourseSerializer(serializers.Serializer[Any]):
    firings = serializers.IntegerField(help_text="How often alerts began to fire.")
    alerts = serializers.IntegerField(help_text="How many alerts did.")
    burning = serializers.IntegerField(help_text="Firings that are not over.")
    acknowledged = serializers.IntegerField(help_text="Firings that somebody acknowledged.")
    acknowledged_after_median = serializers.FloatField(allow_null=True, help_text=_SECONDS)
    acknowledged_after_p90 = serializers.FloatField(allow_null=True, help_text=_SECONDS)
    resolved_after_median = serializers.FloatField(allow_null=True, help_text=_SECONDS)
    resolved_after_p90 = serializers.FloatField(allow_null=True, help_text=_SECONDS)


class ReportAlertSerializer(CourseSerializer):
    alert = serializers.CharField(help_text="The alert's name.")
    told = serializers.IntegerField(help_text="Firing messages that told of it.")
    at_night = serializers.IntegerField(help_text=f"Of these, from {NIGHT}.")
    rooms = serializers.IntegerField(help_text="Targets it was told to.")


class ReportRuleSerializer(serializers.Serializer[Any]):
    rule_id = serializers.IntegerField(allow_null=True, help_text="Null: rules that were deleted.")
    rule = serializers.CharField()
    told = serializers.IntegerField(help_text="Firing messages.")
    at_night = serializers.IntegerField()
    is_fallback = serializers.BooleanField()


class ReportSeveritySerializer(CourseSerializer):
    severity = serializers.CharField()


class ReportTargetSerializer(CourseSerializer):
    target_id = serializers.IntegerField(allow_null=True, help_text="Null: targets that were deleted.")
    target = serializers.CharField()
    delivered = serializers.IntegerField()
    undelivered = serializers.IntegerField(help_text="Rejected or expired.")
    pending = serializers.IntegerField()
    p95 = serializers.FloatField(allow_null=True, help_text="Time to the room. " + _SECONDS)


class ReportSilenceSerializer(serializers.Serializer[Any]):
    silence = serializers.CharField(help_text="S-12.")
    author = serializers.CharField()
    comment = serializers.CharField()
    matchers = serializers.CharField()
    hours = serializers.FloatField(help_text="Within the days of the report.")
    kept_back = serializers.IntegerField(help_text="Tellings of alerts.")
    ends_at = serializers.DateTimeField()
    is_active = serializers.BooleanField()


class AdviceSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(["alert", "rule", "target", "silence", "severity"])
    about = serializers.CharField(source="key", help_text="The alert's name, the severity, or the id of the row.")
    sentence = serializers.CharField()


class ReportSerializer(serializers.Serializer[Any]):
    days = serializers.IntegerField()
    since = serializers.DateTimeField()
    until = serializers.DateTimeField(
        help_text="As of when it is: it is kept for some minutes, a long one for an hour."
    )
    zone = serializers.CharField(help_text="The time zone of nights and hours.")
    told = serializers.IntegerField(help_text="Firing messages.")
    at_night = serializers.IntegerField()
    hours = serializers.ListField(child=serializers.IntegerField(), help_text="Firing messages by the hour of the day.")
    is_cut = serializers.BooleanField(help_text="There were too many alert names: the quietest were left out.")
    mend_first = AdviceSerializer(many=True, help_text="At most 5, the worst first.")
    alerts = ReportAlertSerializer(many=True, help_text="By name, the most told first; at most 1,000.")
    rules = ReportRuleSerializer(many=True)
    severities = ReportSeveritySerializer(many=True)
    targets = ReportTargetSerializer(many=True)
    silences = ReportSilenceSerializer(
        many=True, help_text="Of more than a day; none for who may not see silences, and those are no advice then."
    )


class ReportViewSet(ApiView):
    """What is told too often and at night, what flaps, how long people take, what is silenced, how targets do."""

    queryset = Delivery.objects.all()
    filter_backends = []
    pagination_class: Any = None
    serializer_class = ReportSerializer
    action_permissions = {"list": "deliveries.view_delivery"}

    @extend_schema(
        parameters=[OpenApiParameter("days", int, enum=DAYS, default=DAYS[0], description="Over how many days.")],
        responses=ReportSerializer,
    )
    def list(self, request: Request) -> Response:
        """One object. While the first one is counted, 503 with Retry-After."""
        asked = AskedSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        zone = timezone.get_current_timezone()
        found = remembered.report(timezone.now(), int(asked.validated_data["days"]), zone)
        if found is None:
            raise Unavailable("The report is being counted. Ask again in a few seconds.")
        if not request.user.has_perm("routing.view_silence"):
            found = found.without_silences()
        return Response(ReportSerializer(_told(found)).data)


def _told(found: Report) -> dict[str, Any]:
    parts = {
        part: [dict(zip(columns, row, strict=True)) for row in tables.rows(found, part)]
        for part, columns in tables.COLUMNS.items()
    }
    whole = {name: getattr(found, name) for name in (
        "days", "since", "until", "zone", "told", "at_night", "hours", "is_cut")}  # fmt: skip
    return whole | parts | {"mend_first": advice.of(found)}
