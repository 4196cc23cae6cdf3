"""The trail of a delivery shows the rule as it was then, and leads to what became of it."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from deliveries.admin import rule_then
from deliveries.models import Delivery
from routing.models import Rule
from tests.factories import make_rule, make_source, make_target, make_window, owed

pytestmark = pytest.mark.django_db


@pytest.fixture
def delivery(now: datetime) -> Delivery:
    rule = make_rule("Web", [make_target()], severities=["critical"])
    rule.muted_windows.add(make_window("nights", times="22:00-22:01", years="1999"))
    return owed(make_source(), now)[0]


def test_the_rule_reads_as_it_was_after_it_was_changed(delivery: Delivery) -> None:
    Rule.objects.filter(name="Web").update(severities=["info"], name="Shop")
    assert [(rule["name"], rule["severities"]) for rule in rule_then.of(delivery)] == [("Web", ["critical"])]


def test_the_rule_reads_with_its_windows(delivery: Delivery) -> None:
    assert rule_then.of(delivery)[0]["speaks"] == "silent inside nights"


def test_the_page_leads_to_the_history_of_the_rule(client: Client, delivery: Delivery) -> None:
    client.force_login(User.objects.create_superuser("ann", "", "x"))
    shown = client.get(reverse("admin:deliveries_delivery_change", args=[delivery.pk])).content.decode()
    assert reverse("admin:routing_rule_history", args=[delivery.rule_id]) in shown


def test_the_history_of_a_deleted_rule_is_found(client: Client, delivery: Delivery) -> None:
    Rule.objects.get(name="Web").delete()
    client.force_login(User.objects.create_superuser("ann", "", "x"))
    address = rule_then.history_url(Delivery.objects.get(pk=delivery.pk))
    assert client.get(address).status_code == 200
