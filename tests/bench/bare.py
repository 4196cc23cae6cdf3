"""What ingest is measured against: a plain Django view that writes the same rows, without checking anything."""

from __future__ import annotations

import json
import os
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.bare_settings"

from django.core.wsgi import get_wsgi_application
from django.db import transaction
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

application = get_wsgi_application()

from deliveries.models import Alert, Conversation, Delivery, Notification, Occurrence  # noqa: E402

FIELDS = [
    "name",
    "severity",
    "status",
    "labels",
    "annotations",
    "generator_url",
    "starts_at",
    "ends_at",
    "told_in",
    "last_seen_at",
]


@csrf_exempt
def webhook(request: HttpRequest) -> JsonResponse:
    body, now = request.body, timezone.now()
    told = json.loads(body)
    with transaction.atomic():
        conversation, _ = Conversation.objects.get_or_create(source_id=1, key=told["groupKey"][:64])
        notification = Notification.objects.create(
            source_id=1, source_name="bench", received_at=now, body=body, conversation=conversation,
            status=told["status"], receiver=told["receiver"], group_key=told["groupKey"], alert_count=len(told["alerts"]),
        )  # fmt: skip
        alerts = Alert.objects.bulk_create([_alert(one, notification, now) for one in told["alerts"]],
            update_conflicts=True, unique_fields=["source", "fingerprint"], update_fields=FIELDS,
        )  # fmt: skip
        delivery = Delivery(
            notification=notification, conversation=conversation, seq=conversation.last_seq + 1, target_id=2,
            target_name="warning", rule_id=3, rule_name="Warning", status="firing", severity="warning", title="Bench",
            positions=[0, 1, 2, 3, 4], created_at=now, next_attempt_at=now, expires_at=now,
        )  # fmt: skip
        Delivery.objects.bulk_create([delivery])
        Occurrence.objects.bulk_create(
            Occurrence(alert=alert, notification=notification, delivery=delivery, position=0, status="firing",
                       outcome="owed", why="because")
            for alert in alerts
        )  # fmt: skip
        conversation.last_seq += 1
        conversation.recent = [["x" * 32, "x" * 32, notification.pk, now.timestamp(), False, ""]]
        conversation.save(update_fields=["last_seq", "recent"])
    return JsonResponse({"notification": notification.pk}, status=202)


def _alert(told: dict[str, Any], notification: Notification, now: Any) -> Alert:
    return Alert(
        source_id=1, source_name="bench", fingerprint=told["labels"]["instance"], name=told["labels"]["alertname"],
        severity="warning", status=told["status"], labels=told["labels"], annotations=told["annotations"],
        generator_url=told["generatorURL"], starts_at=told["startsAt"], told_in=notification, first_seen_at=now,
        last_seen_at=now,
    )  # fmt: skip


urlpatterns = [path("webhook", webhook)]
