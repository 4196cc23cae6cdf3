"""Notifications, alerts, deliveries and attempts as JSON: short in lists, whole when one is asked for."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from deliveries.accept import ghosts
from deliveries.alertmanager import Malformed, body
from deliveries.models import (
    Acknowledgement,
    Alert,
    Attempt,
    Delivery,
    Intervention,
    Notification,
    Occurrence,
    RejectedRequest,
    carried,
)
from deliveries.reasons import OF_DELIVERIES, OF_TRIES
from deliveries.redaction import redact
from deliveries.rocketchat.outcomes import Ending, Outcome
from routing.api.fields import WholeNumber
from routing.api.strict import Strict
from routing.inputs import bounds
from routing.validators import check_prose


def _one_of(words: Iterable[str], empty: str = "") -> serializers.CharField:
    """A text and no enum: later versions add words, and that must not break generated clients."""
    return serializers.CharField(help_text=f"{', '.join(words)}. Later versions may add to these. {empty}".strip())


class AcknowledgementSerializer(serializers.ModelSerializer[Acknowledgement]):
    """Who is at it, since when."""

    class Meta:
        model = Acknowledgement
        fields = ["by", "at", "comment"]


class AlertSerializer(serializers.ModelSerializer[Alert]):
    acknowledged = serializers.SerializerMethodField(help_text="Who is at it; null: nobody, or it does not fire.")

    unheard = serializers.SerializerMethodField(
        help_text="It fires and was not heard of for longer than its source repeats."
    )

    def get_unheard(self, alert: Alert) -> bool:
        return ghosts.is_unheard(alert, timezone.now())

    @extend_schema_field(AcknowledgementSerializer(allow_null=True))
    def get_acknowledged(self, alert: Any) -> Any:
        return AcknowledgementSerializer(alert.standing[0]).data if alert.standing else None

    class Meta:
        model = Alert
        fields = [
            "id", "url", "source", "source_name", "fingerprint", "name", "severity", "status", "labels", "annotations",
            "generator_url", "starts_at", "ends_at", "first_seen_at", "last_seen_at", "silent_until", "kept_back",
            "unheard", "acknowledged",
        ]  # fmt: skip


class AcknowledgedSerializer(Strict):
    comment = serializers.CharField(max_length=500, required=False, allow_blank=True, validators=[check_prose])


class OccurrenceSerializer(serializers.ModelSerializer[Occurrence]):
    """One alert of a notification and what became of it: the delivery that tells it, or why none does."""

    name = serializers.CharField(source="alert.name")
    outcome = _one_of(Occurrence.Outcome)
    fingerprint = serializers.CharField(source="alert.fingerprint")

    class Meta:
        model = Occurrence
        fields = ["position", "alert", "name", "fingerprint", "status", "outcome", "why", "delivery", "silence"]


class AttemptSerializer(serializers.ModelSerializer[Attempt]):
    """One call to Rocket.Chat."""

    outcome = _one_of(Ending, "Empty: it is under way, or its worker died.")
    reason = _one_of(OF_TRIES, "Empty: delivered.")
    sent = serializers.SerializerMethodField(help_text="The message as it was posted.")

    class Meta:
        model = Attempt
        fields = [
            "number", "worker", "started_at", "duration_ms", "outcome", "reason", "status_code", "error", "answer",
            "sent_to", "message_id", "template_fault", "sent",
        ]  # fmt: skip

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_sent(self, attempt: Attempt) -> Any:
        return _json_or_text(attempt.sent)


class DeliverySerializer(serializers.ModelSerializer[Delivery]):
    kind = _one_of(Delivery.Kind)
    state = _one_of(Delivery.State)
    reason = _one_of(
        (*OF_DELIVERIES, *OF_TRIES), "Why it is in this state; empty: it waits for its first try, or is delivered."
    )
    stands = serializers.SerializerMethodField(
        help_text="As state; but of a merged one the state of what carries it, and merged when that is in the room."
    )
    source_name = serializers.SerializerMethodField()
    alert_count = serializers.SerializerMethodField()

    class Meta:
        model = Delivery
        fields = [
            "id", "url", "kind", "state", "stands", "reason", "explanation", "status", "severity", "title", "alert_count",
            "target", "target_name", "rule", "rule_name", "notification", "source_name", "resend_of", "carried_by", "settled", "asked_by",
            "attempt_count", "unknown_count", "created_at", "next_attempt_at", "expires_at", "ended_at",
        ]  # fmt: skip

    def get_stands(self, delivery: Delivery) -> str:
        return carried.of(delivery)

    def get_source_name(self, delivery: Delivery) -> str:
        return delivery.notification.source_name if delivery.notification else ""

    def get_alert_count(self, delivery: Delivery) -> int:
        return len(delivery.positions)


class InterventionSerializer(serializers.ModelSerializer[Intervention]):
    """What a person did to a delivery."""

    what = _one_of(Intervention.What)
    why = serializers.CharField(source="reason", required=False)

    class Meta:
        model = Intervention
        fields = ["what", "who", "at", "why"]


class DeliveryDetailSerializer(DeliverySerializer):
    alerts = OccurrenceSerializer(source="occurrences", many=True)
    attempts = AttemptSerializer(many=True)
    resends: Any = serializers.PrimaryKeyRelatedField(many=True, read_only=True)
    interventions = InterventionSerializer(many=True)

    class Meta(DeliverySerializer.Meta):
        fields = [*DeliverySerializer.Meta.fields, "plain", "note", "resends", "interventions", "alerts", "attempts"]


class OutcomeSerializer(serializers.Serializer[Outcome]):
    """What came of a call just made."""

    kind = serializers.CharField()
    reason = serializers.CharField(allow_null=True)
    status = serializers.IntegerField(allow_null=True, help_text="HTTP status.")
    error = serializers.CharField(help_text="What went wrong, for people.")
    answer = serializers.CharField(help_text="What Rocket.Chat answered, shortened.")
    duration = serializers.FloatField(help_text="Seconds.")


class TestResultSerializer(DeliveryDetailSerializer):
    outcome = OutcomeSerializer(allow_null=True, help_text="Null: it has to wait and is sent by a worker.")

    class Meta(DeliveryDetailSerializer.Meta):
        fields = [*DeliveryDetailSerializer.Meta.fields, "outcome"]


class ResendSerializer(Strict):
    target = WholeNumber(bounds.IDS, required=False, allow_null=True, help_text="Left out: the same target again.")


class NotificationSerializer(serializers.ModelSerializer[Notification]):
    state = _one_of(Notification.State)

    class Meta:
        model = Notification
        fields = [
            "id", "url", "source", "source_name", "received_at", "state", "status", "duplicate_of", "receiver", "group_key",
            "reason", "alert_count", "truncated_alerts", "flags", "sender",
        ]  # fmt: skip


class NotificationDetailSerializer(NotificationSerializer):
    payload = serializers.SerializerMethodField(help_text="As received, secrets taken out.")
    alerts = OccurrenceSerializer(source="occurrences", many=True)
    deliveries = DeliverySerializer(many=True)
    duplicates: Any = serializers.PrimaryKeyRelatedField(many=True, read_only=True)

    class Meta(NotificationSerializer.Meta):
        fields = [*NotificationSerializer.Meta.fields, "payload", "alerts", "deliveries", "duplicates"]

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_payload(self, notification: Notification) -> Any:
        try:
            return _redacted(body.parse(bytes(notification.body), notification.content_type, set()))
        except (Malformed, RecursionError):
            return redact(bytes(notification.body).decode("utf-8", "replace"))


class RejectedRequestSerializer(serializers.ModelSerializer[RejectedRequest]):
    class Meta:
        model = RejectedRequest
        fields = [
            "id", "url", "source", "source_name", "first_at", "last_at", "times", "status_code", "reason", "message",
            "sender", "content_type", "size",
        ]  # fmt: skip
        extra_kwargs = {"url": {"view_name": "rejected-request-detail"}}


class RejectedRequestDetailSerializer(RejectedRequestSerializer):
    class Meta(RejectedRequestSerializer.Meta):
        fields = [*RejectedRequestSerializer.Meta.fields, "body"]


def _json_or_text(text: str) -> Any:
    if not text:
        return None
    try:
        return json.loads(text)
    except ValueError:
        return text


def _redacted(value: Any) -> Any:
    match value:
        case str():
            return redact(value)
        case dict():
            return {redact(name): _redacted(inner) for name, inner in value.items()}
        case list():
            return [_redacted(inner) for inner in value]
    return value
