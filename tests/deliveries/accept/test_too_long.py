"""Texts that are longer than their columns: SQLite would take them whole, PostgreSQL would refuse all that came with them."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
from django.db import models

from deliveries.accept import ingest
from deliveries.accept.ingest import Posted
from deliveries.models import Alert, Conversation, Delivery, Notification, Occurrence
from routing import rulebook
from tests import factories
from tests.factories import alert, payload

pytestmark = pytest.mark.django_db
LONG = "x" * 1000


def too_long(row: models.Model) -> list[str]:
    """Its texts that do not fit."""
    room = {each.attname: each.max_length for each in row._meta.concrete_fields if isinstance(each, models.CharField)}
    return [f"{row._meta.model_name}.{name}" for name, most in room.items() if most and len(getattr(row, name)) > most]


@pytest.mark.parametrize("alerts", [1, 5])
def test_what_is_longer_than_its_column_is_cut(now: datetime, alerts: int) -> None:
    factories.tell_fallback(factories.make_target())
    source = factories.make_source()
    told = [alert(f"{LONG}{number}", severity=LONG) for number in range(alerts)]
    body = json.dumps(payload(*told, group=LONG, receiver=LONG, notification_reason=LONG)).encode()
    posted = Posted(source.pk, source.name, 120, body, content_type=LONG, sender=LONG)
    assert len(ingest.accept(posted, rulebook.current(), now).deliveries) == 1
    rows = [
        row for model in (Notification, Conversation, Alert, Delivery, Occurrence) for row in model._base_manager.all()
    ]
    assert [name for row in rows for name in too_long(row)] == []
    assert Alert.objects.filter(name=LONG[:300], severity=LONG[:50]).count() == alerts
