"""The card of health, as the tests of the first page ask for it: what breaks a target, what is owed, what the page says."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.test import Client

from deliveries.models import Delivery, Lane
from routing.models import Source, Target
from tests import factories

HOUR = timedelta(hours=1)
SAID = 'Rocket.Chat answered 403: {"error":"error-room-archived"}'


def owe(source: Source, at: datetime, **changes: Any) -> Delivery:
    """One delivery that was owed at that time, in a group of its own."""
    name = f"A{Delivery.objects.count()}"
    [owed] = factories.owed(source, at, factories.alert(name, starts_at=at.isoformat()), group=name)
    Delivery.objects.filter(pk=owed.pk).update(**changes)
    return owed


def break_(target: Target, now: datetime, **fields: Any) -> Lane:
    known = {"broken_at": now - HOUR, "broken_reason": "forbidden", "last_error": SAID}
    return Lane.objects.create(target=target, **known | fields)


def page(browser: Client) -> Any:
    return browser.get("/admin/").context


def text(browser: Client) -> str:
    return browser.get("/admin/").content.decode()
