"""Why did it arrive, or why not? One page answers, whatever became of it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.html import strip_tags

from deliveries.models import Alert, Delivery, Notification, RejectedRequest
from routing.models import Source, Target
from tests import factories
from tests.callers import person

pytestmark = pytest.mark.django_db

WHY = "/admin/why/"


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def target() -> Target:
    target = factories.make_target()
    factories.tell_fallback(target)
    return target


@pytest.fixture
def delivery(source: Source, target: Target, now: datetime) -> Delivery:
    return factories.owed(source, now)[0]


def refuse(now: datetime, message: str = "No such token.") -> RejectedRequest:
    return RejectedRequest.objects.create(
        first_at=now, last_at=now, status_code=401, reason="token", message=message, sender="10.0.0.7", times=3
    )


def read(browser: Client, asked: str) -> str:
    main = browser.get(WHY, {"q": asked}).content.decode()
    return re.sub(r"\s+", " ", strip_tags(main))


def test_an_alert_that_was_told_says_to_whom(browser: Client, delivery: Delivery) -> None:
    assert f"Told to ops ({delivery}, pending)." in read(browser, "DiskFull")


def test_of_two_alerts_with_one_name_it_says_which_is_which(
    browser: Client, source: Source, target: Target, now: datetime
) -> None:
    factories.owed(source, now, *(factories.alert(instance=name, job="node") for name in ("db-1", "db-2")))
    found = read(browser, "DiskFull")
    assert "instance=db-1 ·" in found
    assert "instance=db-2 ·" in found


def test_a_silenced_alert_says_by_what(browser: Client, source: Source, target: Target, now: datetime) -> None:
    silence = factories.make_silence("alertname=DiskFull", now)
    factories.owed(source, now)
    assert f"It is kept back. Silence {silence} of ann until" in read(browser, "DiskFull")


def test_an_alert_that_is_over_says_when(browser: Client, source: Source, delivery: Delivery, now: datetime) -> None:
    factories.owed(source, now + timedelta(minutes=1), factories.alert(status="resolved", ends_at=now.isoformat()))
    assert "It was resolved at" in read(browser, "DiskFull")


def test_alerts_deliveries_and_notifications_stand_on_one_page(browser: Client, delivery: Delivery) -> None:
    found = browser.get(WHY, {"q": "DiskFull"}).context
    rows = [found[kind][0][0] for kind in ("alerts", "deliveries", "notifications")]
    assert rows == [Alert.objects.get(), delivery, Notification.objects.get()]


def test_what_was_refused_is_found_by_its_words(browser: Client, now: datetime) -> None:
    one = refuse(now)
    assert browser.get(WHY, {"q": "token"}).context["refused"][0][0] == one


@pytest.mark.parametrize("written", ["{}-{}", "{}{}"])
@pytest.mark.parametrize("kind", ["D", "d", "N", "S"])
def test_a_number_leads_straight_there(
    browser: Client, delivery: Delivery, now: datetime, written: str, kind: str
) -> None:
    silence = factories.make_silence("a=b", now)
    pages = {
        "D": f"deliveries/delivery/{delivery.pk}",
        "N": f"deliveries/notification/{delivery.notification_id}",
        "S": f"routing/silence/{silence.pk}",
    }
    number = pages[kind.upper()].rpartition("/")[2]
    answer: Any = browser.get(WHY, {"q": written.format(kind, number)})
    assert (answer.status_code, answer.url) == (302, f"/admin/{pages[kind.upper()]}/change/")


@pytest.mark.parametrize("asked", ["D-999", "N-999999999999999999", "S-7"])
def test_a_number_of_nothing_is_said(browser: Client, asked: str) -> None:
    assert f"Nothing is known of “{asked}”" in read(browser, asked).replace("&quot;", '"')


def test_on_nothing_it_says_what_came_last(browser: Client, delivery: Delivery) -> None:
    shown = read(browser, "NeverHeardOf")
    assert re.search(rf"The last notification came at .* from prod: N-{delivery.notification_id}\.", shown)


def test_on_nothing_it_says_that_nothing_ever_came(browser: Client) -> None:
    assert "No notification ever came." in read(browser, "NeverHeardOf")


def test_on_nothing_it_says_what_was_refused(browser: Client, now: datetime) -> None:
    refuse(now)
    shown = read(browser, "NeverHeardOf")
    assert "3 requests were refused in 24 h. The last one was refused at" in shown
    assert "from 10.0.0.7: No such token." in shown


def test_without_a_question_it_only_asks(browser: Client) -> None:
    assert "Nothing is known" not in read(browser, " ")


def test_a_question_without_end_is_answered_with_a_sentence(browser: Client) -> None:
    answer = browser.get(WHY, {"q": "a " * 90})
    assert (answer.status_code, bool(answer.context["unreadable"])) == (200, True)


def test_who_may_not_see_deliveries_gets_no_answer(client: Client) -> None:
    client.force_login(person("bob", "routing.view_rule", is_staff=True))
    assert client.get(WHY, {"q": "D-1"}).status_code == 403


def test_it_answers_only_with_what_a_person_may_see(client: Client, delivery: Delivery, now: datetime) -> None:
    client.force_login(person("bob", "deliveries.view_delivery", is_staff=True))
    silence = factories.make_silence("a=b", now)
    refuse(now, "DiskFull")
    found = client.get(WHY, {"q": "DiskFull"}).context
    assert [len(found[kind]) for kind in ("alerts", "deliveries", "notifications", "refused")] == [0, 1, 0, 0]
    assert "No such token" not in read(client, "NeverHeardOf")
    assert client.get(WHY, {"q": str(silence)}).status_code == 200


def test_many_alerts_need_no_more_statements(
    browser: Client, source: Source, delivery: Delivery, now: datetime
) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            browser.get(WHY, {"q": "DiskFull"})
        return len(queries)

    statements()
    few = statements()
    for number in range(5):
        closed = factories.alert("DiskFull", number=str(number))
        factories.owed(source, now, closed, group=str(number))
    Alert.objects.exclude(labels__number="1").update(status="closed")
    assert few <= statements() <= few + 1  # the closings
