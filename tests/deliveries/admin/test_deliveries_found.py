"""The list of deliveries: what finds them, and what filters them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client

from deliveries.models import Delivery
from routing.models import Source, Target
from tests.deliveries.admin.pages import found
from tests.factories import make_source

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("search", "titles"),
    [
        ("DiskFull", ["DiskFull"]),
        ("diskf", ["DiskFull"]),
        ('team="web"', ["Latency"]),
        ("team=web", ["Latency"]),
        ("Zürich", ["DiskFull"]),
        ("city=Zürich", ["DiskFull"]),
        ("team", ["DiskFull", "Latency"]),
        ("team=web DiskFull", []),
        ("nothing", []),
    ],
)
def test_deliveries_are_found_by(browser: Client, both: list[Delivery], search: str, titles: list[str]) -> None:
    assert found(browser, search) == titles


def test_a_delivery_is_found_by_its_number(browser: Client, both: list[Delivery]) -> None:
    assert found(browser, f"D-{both[1].pk}") == [both[1].title]


@pytest.mark.usefixtures("both")
def test_deliveries_are_found_by_the_name_their_target_has_or_had(browser: Client, target: Target) -> None:
    target.name = "Lighthouse"
    target.save()
    target.name = "Beacon"
    target.save()
    assert [found(browser, name) for name in ("lightho", "beacon")] == [["DiskFull", "Latency"]] * 2


@pytest.mark.usefixtures("both")
def test_deliveries_are_found_by_the_name_of_a_deleted_target(browser: Client, target: Target) -> None:
    Delivery.objects.filter(target=target).update(target=None, target_name="Lighthouse")
    assert found(browser, "lightho") == ["DiskFull", "Latency"]


def test_what_alerthub_says_itself_is_found_by_its_title(browser: Client, both: list[Delivery]) -> None:
    Delivery.objects.filter(pk=both[0].pk).update(kind="digest", title="Digest of 3 messages")
    assert found(browser, "digest messages") == ["Digest of 3 messages"]


def test_a_delivery_is_found_by_a_fingerprint(browser: Client, both: list[Delivery]) -> None:
    fingerprint = both[0].occurrences.get().alert.fingerprint
    assert found(browser, fingerprint) == [both[0].title]


def test_the_list_is_filtered_by_severity(browser: Client, both: list[Delivery]) -> None:
    assert found(browser, "", severity="warning") == ["Latency"]


def test_the_list_is_filtered_by_source(browser: Client, both: list[Delivery], source: Source) -> None:
    other = make_source("other")
    names = [found(browser, "", notification__source__id__exact=str(one.pk)) for one in (source, other)]
    assert names == [["DiskFull", "Latency"], []]


def test_the_list_is_filtered_by_time(browser: Client, both: list[Delivery], now: datetime) -> None:
    later = now + timedelta(minutes=1)
    filters = {"created_at_from_0": f"{later:%Y-%m-%d}", "created_at_from_1": f"{later:%H:%M:%S}"}
    assert found(browser, "", **filters) == []
