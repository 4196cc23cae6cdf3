"""HTTP's door for notifications. Answers: 202 stored, 503 send it again, any other 4xx will never come again.

No throttle here: Alertmanager drops a notification answered with 429.
"""

from __future__ import annotations

import logging
import time
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import Error
from django.http import HttpRequest
from django.utils import timezone
from rest_framework import exceptions
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from deliveries import unavailable
from deliveries.accept import ingest
from deliveries.accept.ingest import Accepted, Outdated, Posted
from deliveries.alertmanager import Malformed
from deliveries.door import entry, refusals, writing
from deliveries.wake import nudge
from routing import rulebook
from routing.models import IngestToken
from routing.rulebook import Admission, Book

log = logging.getLogger(__name__)

_RETRY_AFTER_SECONDS = "5"


class _AlwaysJson(BaseContentNegotiation):
    """Whatever a sender says it accepts, it gets JSON: refusing that would cost the alert."""

    def select_parser(self, request: Request, parsers: Any) -> None:
        return None

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> tuple[Any, str]:
        return renderers[0], renderers[0].media_type


class AlertmanagerWebhook(APIView):
    """Takes Alertmanager's webhook notifications, version 4, and Grafana's superset of them."""

    authentication_classes: list[Any] = []
    permission_classes: list[Any] = []
    throttle_classes: list[Any] = []
    parser_classes: list[Any] = []
    renderer_classes = [JSONRenderer]
    content_negotiation_class = _AlwaysJson
    http_method_names = ["post", "put", "options"]
    schema = None

    def post(self, request: Request) -> Response:
        now = timezone.now()
        plain = request._request
        admitted: Admission | None = None
        try:
            book, admitted = _admitted(plain, now)
            body = entry.body_of(plain, settings.INGEST_MAX_BYTES)
            try:
                accepted = self._accept(admitted, body, book, now, may_be_old=True)
            except Outdated:
                book, admitted = rulebook.current(), None
                admitted = entry.admit(entry.token_of(plain), book, now)
                accepted = self._accept(admitted, body, book, now)
        except entry.Refused as met:
            refused, admitted = _judged_now(met, admitted, plain, now)
            content_type = plain.META.get("CONTENT_TYPE", "")
            refusals.keep(refused, admitted=admitted, sender=entry.sender_of(plain), content_type=content_type, now=now)
            return _refusal(refused)
        writing.posts.stored()
        nudge.targets(accepted.target_ids)
        _remember_use(admitted, now)
        return Response(_answer(accepted), status=202)

    # The same thing, as some proxies and programs see it; a 405 would lose the alert.
    put = post

    def _accept(
        self, admitted: Admission, body: bytes, book: Book, now: datetime, *, may_be_old: bool = False
    ) -> Accepted:
        content_type = self.request.META.get("CONTENT_TYPE", "")
        posted = Posted(
            source_id=admitted.source_id,
            source_name=admitted.source_name,
            duplicate_window=admitted.duplicate_window,
            body=body,
            content_type=content_type,
            sender=entry.sender_of(self.request._request),
            rules_may_be_old=may_be_old,
        )
        try:
            return ingest.accept(posted, book, now)
        except Malformed as malformed:
            if malformed.reason == "not_json" and content_type and "json" not in content_type.lower():
                raise entry.not_json_type(content_type, body) from None
            status = 413 if malformed.reason == "too_many_alerts" else 400
            raise entry.Refused(status, malformed.reason, str(malformed), body=body) from None

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, exceptions.MethodNotAllowed):
            message = (
                "Alertmanager's webhook is a POST. Point webhook_configs at this address; do not open it in a browser."
            )
            return Response({"error": "method_not_allowed", "detail": message}, status=405)
        # Our own trouble: only a 5xx makes Alertmanager send the notification again.
        found = unavailable.report(log, "A post was answered with 503", exc)
        writing.posts.failed(found, time.monotonic())
        return Response(
            {"error": "unavailable", "detail": "AlertHub cannot store notifications at the moment. Send it again."},
            status=503,
            headers={"Retry-After": _RETRY_AFTER_SECONDS},
        )


def _admitted(request: HttpRequest, now: datetime) -> tuple[Book, Admission]:
    """By the rules in memory, which ingest compares with those of now. Raises Refused only by those of now."""
    token = entry.token_of(request)
    try:
        book = rulebook.held()
        return book, entry.admit(token, book, now)
    except entry.Refused:
        book = rulebook.current()
        return book, entry.admit(token, book, now)


def _judged_now(
    refused: entry.Refused, admitted: Admission | None, request: HttpRequest, now: datetime
) -> tuple[entry.Refused, Admission | None]:
    """A token that was taken back since the rules were read is what is wrong, whatever else is; nothing else asks for it."""
    if admitted is None:
        return refused, None
    try:
        return refused, entry.admit(entry.token_of(request), rulebook.current(), now)
    except entry.Refused as unknown:
        return unknown, None


def _remember_use(admitted: Admission, now: datetime) -> None:
    # The notification is stored: nothing may make its sender send it again.
    try:
        IngestToken.objects.remember_use(admitted.token_id, now)
    except Error as error:
        unavailable.report(log, "The use of an ingest token could not be noted", error)


def _refusal(refused: entry.Refused) -> Response:
    headers = {"WWW-Authenticate": 'Bearer realm="AlertHub"'} if refused.status == 401 else {}
    return Response({"error": refused.reason, "detail": refused.message}, status=refused.status, headers=headers)


def _answer(accepted: Accepted) -> dict[str, Any]:
    notification = accepted.notification
    return {
        "notification": notification.pk,
        "status": notification.state,
        "duplicate_of": notification.duplicate_of_id,
        "alerts": notification.alert_count,
        "deliveries": [
            {
                "id": delivery.pk,
                "target": delivery.target_name,
                "rule": delivery.rule_name,
                "status": delivery.status,
                "alerts": len(delivery.positions),
            }
            for delivery in accepted.deliveries
        ],
        "not_sent": [
            {"alert": fate.position, "outcome": fate.outcome, "why": fate.why}
            for fate in accepted.fates
            if fate.owed is None
        ],
    }
