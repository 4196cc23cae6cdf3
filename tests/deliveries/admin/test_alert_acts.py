"""What is done from the list of alerts to what is ticked there: whole groups, and single alerts."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from deliveries.models import Acknowledgement, Alert
from routing.models import Silence, Source
from tests import factories

pytestmark = pytest.mark.django_db

LIST = "/admin/deliveries/alert/"


@pytest.fixture
def now() -> datetime:
    return timezone.now()


def tell(source: Source, now: datetime, name: str, count: int = 1, **labels: str) -> None:
    """So many alerts of one name, which differ in their instance."""
    alerts = [factories.alert(name, **{"instance": f"{name}-{number}", **labels}) for number in range(count)]
    factories.owed(source, now, *alerts, group=f"{name}{labels}")


def acknowledged() -> list[str]:
    return sorted(Acknowledgement.objects.standing().values_list("alert__labels__instance", flat=True))


def test_ticked_groups_and_alerts_are_acknowledged(browser: Client, source: Source, now: datetime) -> None:
    tell(source, now, "A", 2)
    tell(source, now, "B", 2)
    one = Alert.objects.get(labels__instance="B-0").pk
    browser.post(f"{LIST}acknowledge/", {"group": "name", "key": "A", "alert": str(one)})
    assert acknowledged() == ["A-0", "A-1", "B-0"]


def test_what_a_filter_hides_is_not_acknowledged_with_its_group(browser: Client, source: Source, now: datetime) -> None:
    tell(source, now, "A", 1, severity="critical")
    tell(source, now, "A", 1, severity="warning", instance="other")
    browser.post(f"{LIST}acknowledge/?severity=warning", {"group": "name", "key": "A"})
    assert acknowledged() == ["other"]


@pytest.mark.parametrize("act", ["acknowledge", "silence"])
def test_nothing_ticked_does_nothing(browser: Client, source: Source, now: datetime, act: str) -> None:
    tell(source, now, "A", 2)
    answer = browser.post(f"{LIST}{act}/", {"group": "name", "back": LIST}, follow=True)
    assert (acknowledged(), "Tick alerts first." in answer.content.decode()) == ([], True)


def test_what_is_ticked_is_silenced_by_what_it_shares(browser: Client, source: Source, now: datetime) -> None:
    tell(source, now, "A", 3, team="db")
    ids = list(Alert.objects.exclude(labels__instance="A-2").values_list("pk", flat=True))
    form = browser.post(f"{LIST}silence/", {"group": "name", "alert": ids}).headers["Location"]
    matchers = parse_qs(urlsplit(form).query)["matchers"][0]
    browser.post(form, {"matchers": matchers, "lasts": "1h", "comment": "New disks"})
    quiet = Silence.objects.get().quiet()
    covered = [labels["instance"] for labels in Alert.objects.values_list("labels", flat=True) if quiet.matches(labels)]
    assert sorted(covered) == ["A-0", "A-1"]


@pytest.mark.parametrize(("group", "name"), [("label:team", "A"), ("name", "")])
def test_a_silence_of_what_lacks_a_label_leaves_alone_what_has_it(
    browser: Client, source: Source, now: datetime, group: str, name: str
) -> None:
    tell(source, now, name, 2)
    tell(source, now, "A", 1, team="db", instance=f"{name}-1")
    form = browser.get(f"{LIST}silence/", {"group": group, "key": ""}).headers["Location"]
    matchers = parse_qs(urlsplit(form).query)["matchers"][0]
    browser.post(form, {"matchers": matchers, "lasts": "1h", "comment": "New disks"})
    quiet = Silence.objects.get().quiet()
    assert [quiet.matches(labels) for labels in Alert.objects.order_by("pk").values_list("labels", flat=True)] == [
        True,
        True,
        False,
    ]
