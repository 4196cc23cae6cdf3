"""The REST API of what happened, and the two ways to make something happen: send again, send a test message."""

from __future__ import annotations

import logging
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http import StreamingHttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from deliveries import acknowledging, export, outbox
from deliveries.api import filters, serializers
from deliveries.models import Acknowledgement, Alert, Attempt, Delivery, Notification, RejectedRequest, carried
from deliveries.models.delivery import LISTED
from deliveries.outbox import Settled
from deliveries.send.testing import send_test
from deliveries.wake import nudge, pump
from routing.api.errors import Conflict
from routing.api.pages import NewestFirst, OldestFirst
from routing.api.strict import no_body
from routing.api.views import ApiView, TargetViewSet
from routing.models import Target

log = logging.getLogger(__name__)

# Bodies are large and not shown beside deliveries.
_BODY = ("notification__body", "notification__group_key")


class History(viewsets.ReadOnlyModelViewSet[Any], ApiView):
    """What happened: read only, the newest first."""

    pagination_class = NewestFirst
    detail_serializer_class: type[BaseSerializer[Any]] | None = None

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        whole = self.detail_serializer_class if self.action == "retrieve" else None
        return whole or super().get_serializer_class()


class NotificationViewSet(History):
    """Accepted webhook requests. One of them shows its payload, and for each alert what was decided and why."""

    queryset = Notification.objects.all()
    serializer_class = serializers.NotificationSerializer
    detail_serializer_class = serializers.NotificationDetailSerializer
    filterset_class = filters.NotificationFilters

    def get_queryset(self) -> QuerySet[Notification]:
        notifications: QuerySet[Notification] = super().get_queryset()
        if self.action != "retrieve":
            return notifications.defer("body")
        return notifications.prefetch_related("occurrences__alert", "deliveries__notification", "duplicates")


class AlertViewSet(History):
    """Alerts as last heard, one row for each fingerprint of a source."""

    queryset = Alert.objects.select_related("source").prefetch_related(
        Prefetch("acknowledgements", Acknowledgement.objects.standing(), to_attr="standing")
    )
    serializer_class = serializers.AlertSerializer
    filterset_class = filters.AlertFilters
    action_permissions = dict.fromkeys(("acknowledge", "withdraw"), "deliveries.acknowledge_alert")

    @extend_schema(request=serializers.AcknowledgedSerializer, responses=serializers.AlertSerializer, filters=False)
    @action(detail=True, methods=["post"])
    def acknowledge(self, request: Request, pk: str) -> Response:
        """Somebody is at it. It changes nothing of what is sent, and ends when the alert is resolved or begins anew."""
        alert = self.get_object()
        asked = serializers.AcknowledgedSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        if alert.status != "firing":
            raise Conflict("This alert does not fire any more, so there is nothing to acknowledge.")
        who, comment = request.user.get_username(), asked.validated_data.get("comment", "")
        acknowledging.acknowledge([alert.pk], by=who, comment=comment, now=timezone.now())
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(request=None, responses=serializers.AlertSerializer, filters=False)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        """Nobody is at it any more."""
        no_body(request)
        alert = self.get_object()
        acknowledging.withdraw([alert.pk], by=request.user.get_username(), now=timezone.now())
        return Response(self.get_serializer(self.get_object()).data)


class DeliveryViewSet(History):
    """Messages owed to targets. One of them shows its alerts and every attempt."""

    queryset = Delivery.objects.filter(LISTED).select_related("notification", carried.CARRIERS).defer(*_BODY)
    serializer_class = serializers.DeliverySerializer
    detail_serializer_class = serializers.DeliveryDetailSerializer
    filterset_class = filters.DeliveryFilters
    action_permissions = {"resend": "deliveries.change_delivery"}

    @extend_schema(filters=True, responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    @action(detail=False, url_path=r"export\.(?P<kind>csv|json)", pagination_class=None)
    def export(self, request: Request, kind: str) -> StreamingHttpResponse:
        """All that the filters leave, streamed: CSV that no spreadsheet runs, or one JSON list."""
        chosen = self.filter_queryset(self.get_queryset())
        log.info("%s exports deliveries as %s: %s", request.user.get_username(), kind, dict(request.query_params))
        return export.answer(chosen, kind)

    def get_queryset(self) -> QuerySet[Delivery]:
        deliveries: QuerySet[Delivery] = super().get_queryset()
        return _whole(deliveries) if self.action == "retrieve" else deliveries

    @extend_schema(responses=serializers.AttemptSerializer(many=True), filters=False)
    @action(detail=True, pagination_class=OldestFirst)
    def attempts(self, request: Request, pk: str) -> Response:
        """Every call made for this delivery, the first one first."""
        page = self.paginate_queryset(Attempt.objects.filter(delivery=self.get_object()))
        return self.get_paginated_response(serializers.AttemptSerializer(page, many=True).data)

    @extend_schema(
        request=serializers.ResendSerializer,
        responses={200: serializers.DeliverySerializer, 201: serializers.DeliverySerializer},
    )
    @action(detail=True, methods=["post"])
    def resend(self, request: Request, pk: str) -> Response:
        """Owe the same message again, as a new delivery, to the same target or to another one.

        200 and the delivery itself, if it is held or waits for that target: it is due now and the target is tried.
        """
        asked = serializers.ResendSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        target = _target(asked.validated_data.get("target"))
        delivery: Delivery = self.get_object()
        settled = outbox.send_again([delivery.pk], who=request.user.get_username(), now=timezone.now(), target=target)
        if why := _not_sent(delivery, settled):
            raise why
        nudge.targets(settled.target_ids)
        again = self.get_queryset().get(pk=settled.again.get(delivery.pk, delivery.pk))
        shown = serializers.DeliverySerializer(again, context=self.get_serializer_context()).data
        return Response(shown, status=201 if settled.again else 200, headers={"Location": shown["url"]})


class RejectedRequestViewSet(History):
    """Posts refused at the door. Alertmanager does not send them again."""

    queryset = RejectedRequest.objects.all()
    serializer_class = serializers.RejectedRequestSerializer
    detail_serializer_class = serializers.RejectedRequestDetailSerializer
    filterset_class = filters.RejectedRequestFilters

    def get_queryset(self) -> QuerySet[RejectedRequest]:
        rejected: QuerySet[RejectedRequest] = super().get_queryset()
        return rejected if self.action == "retrieve" else rejected.defer("body")


class TestableTargetViewSet(TargetViewSet):
    __doc__ = TargetViewSet.__doc__

    action_permissions = {"test": "routing.test_target"}

    @extend_schema(
        request=None, responses={200: serializers.TestResultSerializer, 202: serializers.TestResultSerializer}
    )
    @action(detail=True, methods=["post"])
    def test(self, request: Request, pk: str) -> Response:
        """Send a test message now. 200 with the outcome, or 202 if it has to wait (the rate limit, other messages)."""
        no_body(request)
        target: Target = self.get_object()
        if not target.enabled:
            raise Conflict(f"{target.name} is disabled, so nothing is sent to it. Enable it first.")
        delivery, outcome = send_test(target, asked_by=request.user.get_username(), worker=pump.worker_name())
        if outcome is None:
            nudge.targets([target.pk])
        shown = _whole(Delivery.objects.select_related("notification")).get(pk=delivery.pk)
        shown.outcome = outcome  # type: ignore[attr-defined]
        data = serializers.TestResultSerializer(shown, context=self.get_serializer_context()).data
        return Response(data, status=202 if outcome is None else 200)


def _whole(deliveries: QuerySet[Delivery]) -> QuerySet[Delivery]:
    return deliveries.prefetch_related("occurrences__alert", "attempts", "resends", "interventions")


def _target(target_id: int | None) -> Target | None:
    if target_id is None:
        return None
    target = Target.objects.filter(pk=target_id).first()
    if target is None:
        raise ValidationError({"target": f"There is no target with the id {target_id}."})
    return target


def _not_sent(delivery: Delivery, settled: Settled) -> Exception | None:
    if settled.orphans:
        return ValidationError(
            {"target": f"The target {delivery.target_name} was deleted: name another one to send this to."}
        )
    if settled.disabled:
        return Conflict(f"{delivery.target_name} is disabled, so it stays owed. Enable it, or name another target.")
    if settled.told:
        return Conflict(f"{delivery} tells of other deliveries: send those again.")
    if settled.skipped:
        return Conflict(f"{delivery} is being sent just now: look at what comes of it first.")
    return None
