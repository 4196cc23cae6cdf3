"""The page of what fires now, and the timeline of one alert."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from deliveries import acknowledging
from deliveries.accept import ghosts
from deliveries.models import Acknowledgement, Alert, Delivery
from routing.models import Source, Target
from tests import factories
from tests.callers import person

pytestmark = pytest.mark.django_db

LIST = "/admin/deliveries/alert/"
FLAT = f"{LIST}?group=none"


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def target() -> Target:
    target = factories.make_target()
    factories.tell_fallback(target)
    return target


def listed(browser: Client, **asked: str) -> list[str]:
    return [alert.name for alert in browser.get(LIST, asked).context["cl"].queryset]


def text(browser: Client, address: str) -> str:
    shown = re.sub(r"<[^>]+>", "", browser.get(address).content.decode())
    return re.sub(r"\s+", " ", shown)


def page(alert: Alert) -> str:
    return f"{LIST}{alert.pk}/change/"


def three(source: Source, now: datetime) -> None:
    factories.owed(
        source, now, factories.alert("Low", severity="info"), factories.alert("Bad", severity="critical"),
        factories.alert("Odd", severity="strange"), factories.alert("Gone", status="resolved"),
    )  # fmt: skip


def test_what_fires_is_shown_the_worst_first(browser: Client, source: Source, now: datetime) -> None:
    three(source, now)
    assert listed(browser) == ["Bad", "Odd", "Low"]


@pytest.mark.parametrize(
    ("status", "names"), [("resolved", ["Gone"]), ("all", ["Bad", "Odd", "Low", "Gone"]), ("x", ["Bad", "Odd", "Low"])]
)
def test_other_alerts_are_shown_when_asked_for(
    browser: Client, source: Source, now: datetime, status: str, names: list[str]
) -> None:
    three(source, now)
    assert listed(browser, status=status) == names


def test_alerts_are_found_by_several_labels(browser: Client, source: Source, now: datetime) -> None:
    factories.owed(source, now, *(factories.alert(f"{a}{b}", a=a, b=b) for a in "xy" for b in "pq"))
    assert listed(browser, q='a="x" b="q"') == ["xq"]


def test_a_label_leads_to_all_that_have_it(browser: Client, source: Source, now: datetime) -> None:
    factories.owed(source, now, factories.alert(team="db"))
    assert 'href="/admin/deliveries/alert/?q=team%3D%22db%22"' in browser.get(FLAT).content.decode()


@pytest.mark.usefixtures("target")
def test_the_list_says_where_it_was_told(browser: Client, source: Source, now: datetime) -> None:
    factories.owed(source, now)
    Delivery.objects.update(state="held")
    assert "ops held" in text(browser, FLAT)


@pytest.mark.usefixtures("target")
def test_the_list_says_what_keeps_it_back(browser: Client, source: Source, now: datetime) -> None:
    factories.make_silence("alertname=DiskFull", now)
    factories.owed(source, now)
    assert "a silence covers it" in text(browser, FLAT)


def test_the_list_says_who_is_at_it(browser: Client, source: Source, now: datetime) -> None:
    factories.owed(source, now)
    acknowledging.acknowledge([Alert.objects.get().pk], by="bob", now=now)
    assert "bob is at it" in text(browser, FLAT)


@pytest.mark.usefixtures("target")
@pytest.mark.parametrize(
    ("attention", "names"),
    [("open", ["Bare"]), ("acknowledged", ["Seen"]), ("kept_back", ["Quiet"]), ("untold", ["Quiet"])],
)
def test_alerts_are_filtered_by_attention(
    browser: Client, source: Source, now: datetime, attention: str, names: list[str]
) -> None:
    factories.make_silence("alertname=Quiet", now)
    factories.owed(source, now, *(factories.alert(name) for name in ("Bare", "Seen", "Quiet")))
    acknowledging.acknowledge([Alert.objects.get(name="Seen").pk], by="bob", now=now)
    assert listed(browser, attention=attention) == names


@pytest.mark.usefixtures("target")
def test_a_long_list_needs_no_more_statements(browser: Client, source: Source, now: datetime) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            browser.get(LIST)
        return len(queries)

    factories.owed(source, now, factories.alert("One"))
    statements()
    few = statements()
    factories.owed(source, now, *(factories.alert(f"A{n}") for n in range(30)), group="many")
    assert statements() == few


def test_the_list_says_when_each_was_heard_last(browser: Client, source: Source, now: datetime) -> None:
    factories.owed(source, now)
    heard = timezone.localtime(now)
    assert f"{heard:%d %b %H:%M}" in text(browser, FLAT)


@pytest.mark.usefixtures("target")
def test_what_its_source_does_not_repeat_is_marked(browser: Client, source: Source, now: datetime) -> None:
    factories.owed(source, now, factories.alert("Ghost"), factories.alert("Alive"))
    Alert.objects.filter(name="Ghost").update(last_seen_at=now - timedelta(hours=5))
    assert listed(browser, attention="unheard") == ["Ghost"]
    assert text(browser, FLAT).count("not heard of lately") == 3  # the figure, the filter, and the mark


@pytest.mark.usefixtures("target")
def test_its_page_says_what_that_means(browser: Client, source: Source, now: datetime) -> None:
    factories.owed(source, now)
    Alert.objects.update(last_seen_at=now - timedelta(hours=5))
    assert "It was not heard of for longer than its source repeats" in text(browser, page(Alert.objects.get()))


@pytest.mark.usefixtures("target")
def test_what_was_closed_says_why_on_its_page_and_in_its_timeline(
    browser: Client, source: Source, now: datetime
) -> None:
    factories.owed(source, now)
    ghosts.close(now + timedelta(days=4))
    assert (listed(browser), listed(browser, status="closed")) == ([], ["DiskFull"])
    shown = text(browser, page(Alert.objects.get()))
    assert ("It was closed: Not heard of since" in shown, "Closed. Not heard of since" in shown) == (True, True)


@pytest.mark.usefixtures("target")
def test_what_may_be_late_is_listed_as_firing_with_the_reason(browser: Client, source: Source, now: datetime) -> None:
    factories.owed(source, now, factories.alert(status="resolved"))
    factories.owed(source, now, factories.alert())
    shown = text(browser, FLAT)
    assert (listed(browser), "it may be older than what is known" in shown) == (["DiskFull"], True)
    assert "It is kept back. It was told as resolved 0 s before" in text(browser, page(Alert.objects.get()))


@pytest.mark.usefixtures("target")
def test_what_told_nothing_new_hides_nothing(browser: Client, source: Source, now: datetime) -> None:
    factories.owed(source, now, factories.alert(starts_at="2026-11-23T10:06:00Z"))
    factories.owed(source, now, factories.alert(status="resolved"))
    assert f"Told to ops ({Delivery.objects.get()}, pending)." in text(browser, page(Alert.objects.get()))


def test_chosen_alerts_are_acknowledged(browser: Client, source: Source, now: datetime) -> None:
    three(source, now)
    ids = list(Alert.objects.values_list("pk", flat=True))
    browser.post(f"{LIST}?status=all", {"action": "acknowledge_chosen", "_selected_action": ids})
    assert Acknowledgement.objects.standing().count() == 3


@pytest.fixture
def alert(source: Source, target: Target, now: datetime) -> Alert:
    factories.owed(source, now)
    return Alert.objects.get()


def test_the_page_says_how_it_is_now(browser: Client, alert: Alert) -> None:
    owed = Delivery.objects.get()
    assert f"Told to ops ({owed}, pending)." in text(browser, page(alert))


def test_the_page_says_why_nobody_was_told(browser: Client, source: Source, now: datetime) -> None:
    factories.owed(source, now)
    shown = text(browser, page(Alert.objects.get()))
    assert "Nobody was told. Rule &quot;Fallback&quot;: no other rule fits; it names no target" in shown


def test_a_person_acknowledges_on_the_page(browser: Client, alert: Alert) -> None:
    browser.post(f"{LIST}{alert.pk}/acknowledge/", {"comment": "I look"})
    assert "ann is at it: I look" in text(browser, page(alert))


def test_a_person_withdraws_on_the_page(browser: Client, alert: Alert, now: datetime) -> None:
    acknowledging.acknowledge([alert.pk], by="bob", now=now)
    browser.post(f"{LIST}{alert.pk}/withdraw/")
    assert not Acknowledgement.objects.standing().exists()


@pytest.mark.parametrize("act", ["acknowledge", "withdraw"])
def test_a_link_alone_does_nothing(browser: Client, alert: Alert, act: str) -> None:
    assert browser.get(f"{LIST}{alert.pk}/{act}/").status_code == 403


def test_who_may_not_acknowledge_sees_no_button(client: Client, alert: Alert) -> None:
    client.force_login(person("eve", "deliveries.view_alert", is_staff=True))
    shown = client.get(page(alert)).content.decode()
    assert ("Acknowledge</span>" in shown, client.post(f"{LIST}{alert.pk}/acknowledge/").status_code) == (False, 403)


def test_the_page_leads_to_a_silence_of_its_labels(browser: Client, alert: Alert) -> None:
    shown = browser.get(page(alert)).content.decode()
    assert "/admin/routing/silence/add/?matchers=alertname%3D%22DiskFull%22%0Aseverity%3D%22critical%22" in shown


def test_the_timeline_is_the_newest_first(browser: Client, alert: Alert, source: Source, now: datetime) -> None:
    acknowledging.acknowledge([alert.pk], by="bob", now=now + timedelta(minutes=1))
    factories.owed(source, now + timedelta(minutes=2), factories.alert(status="resolved"))
    events: list[Any] = browser.get(page(alert)).context["events"]
    assert ["resolved" in str(events[0].what), "bob" in str(events[1].what), "firing" in str(events[2].what)] == [
        True
    ] * 3


def test_the_page_leads_to_the_rule_tester(browser: Client, alert: Alert) -> None:
    assert "/admin/tester/?labels=alertname%3D%22DiskFull%22" in browser.get(page(alert)).content.decode()
