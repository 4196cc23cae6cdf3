"""The page of one alert, and of a delivery, for somebody who wants to do something: buttons, badges, what leads on."""

from __future__ import annotations

import html
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from deliveries import acknowledging
from deliveries.accept import ghosts
from deliveries.models import Acknowledgement, Alert, Delivery
from routing.models import Silence, Source, Target
from tests import factories
from tests.callers import person

pytestmark = pytest.mark.django_db

LIST = "/admin/deliveries/alert/"
NOTES = {
    "summary": "The disk is full",
    "runbook_url": "https://wiki.example/disk",
    "dashboard_url": "https://grafana.example/d/1",
    "script": "javascript:alert(1)",
    "said": "See https://x.example",
}


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def target() -> Target:
    target = factories.make_target()
    factories.tell_fallback(target)
    return target


@pytest.fixture
def alert(source: Source, target: Target, now: datetime) -> Alert:
    factories.owed(source, now, factories.alert(team="db") | {"annotations": NOTES})
    return Alert.objects.get()


def page(alert: Alert) -> str:
    return f"{LIST}{alert.pk}/change/"


def delivery_page() -> str:
    return f"/admin/deliveries/delivery/{Delivery.objects.latest('id').pk}/change/"


def shown(browser: Client, address: str) -> str:
    """What stands on the page itself."""
    return html.unescape(browser.get(address).content.decode())


def text(browser: Client, address: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", shown(browser, address)))


def external(markup: str) -> dict[str, str]:
    """The links to elsewhere that open beside the page, by their words."""
    found = re.findall(r'href="(https?://[^"]+)" target="_blank" rel="noopener noreferrer">([^<]+)<', markup)
    return {words: url for url, words in found}


@pytest.mark.parametrize("where", [page, lambda _: delivery_page()], ids=["alert", "delivery"])
def test_runbook_graph_and_dashboard_are_buttons(browser: Client, alert: Alert, where: Any) -> None:
    found = external(shown(browser, where(alert)))
    assert {name: found.get(name) for name in ("Runbook", "Graph", "Dashboard")} == {
        "Runbook": "https://wiki.example/disk",
        "Graph": "http://prometheus.example/graph",
        "Dashboard": "https://grafana.example/d/1",
    }


@pytest.mark.parametrize("where", [page, lambda _: delivery_page()], ids=["alert", "delivery"])
@pytest.mark.parametrize("lasts", ["1h", "4h"])
def test_a_button_and_a_reason_silence_it(browser: Client, alert: Alert, where: Any, lasts: str) -> None:
    links = re.findall(r'href="(/admin/routing/silence/add/[^"]+)"', shown(browser, where(alert)))
    (link,) = [link for link in links if f"lasts={lasts}" in link]
    form = browser.get(link).context["adminform"].form
    given = {name: form[name].value() for name in ("matchers", "lasts")}
    browser.post(link, given | {"comment": "New disks"})
    made = Silence.objects.get()
    hours = (made.ends_at - made.starts_at) / timedelta(hours=1)
    assert (hours, made.quiet().matches(alert.labels)) == (float(lasts[0]), True)


def test_a_link_to_the_form_of_silences_is_read_without_complaint(browser: Client) -> None:
    answer = browser.get("/admin/routing/silence/add/", {"matchers": "a=b", "lasts": "4h"})
    assert ("cannot be read" in answer.content.decode(), answer.context["adminform"].form["lasts"].value()) == (
        False,
        "4h",
    )


def test_the_reason_is_asked_first_of_whoever_comes_from_alerts(browser: Client) -> None:
    first = [
        browser.get("/admin/routing/silence/add/", asked).context["adminform"].fieldsets[0][1]["fields"]
        for asked in ({"matchers": "a=b"}, {})
    ]
    assert first == [["comment"], ["matchers"]]


def test_what_is_over_is_not_silenced(browser: Client, alert: Alert) -> None:
    Alert.objects.update(status="resolved")
    assert "/admin/routing/silence/add/" not in shown(browser, page(alert))


def test_the_alerts_of_a_delivery_are_acknowledged_on_its_page(browser: Client, source: Source, now: datetime) -> None:
    factories.tell_fallback(factories.make_target())
    factories.owed(source, now, factories.alert("A"), factories.alert("B"))
    factories.owed(source, now, factories.alert("Other"), group="other")
    first = Delivery.objects.earliest("id")
    back = f"/admin/deliveries/delivery/{first.pk}/change/"
    assert 'name="delivery"' in shown(browser, back)
    answer = browser.post(f"{LIST}acknowledge/", {"delivery": str(first.pk), "back": back})
    names = sorted(Acknowledgement.objects.standing().values_list("alert__name", flat=True))
    assert (names, answer.headers["Location"]) == (["A", "B"], back)
    assert 'name="delivery"' not in shown(browser, back)


def test_a_message_that_carries_others_acknowledges_theirs(browser: Client, source: Source, now: datetime) -> None:
    factories.tell_fallback(factories.make_target())
    factories.owed(source, now, factories.alert("A"))
    carrier = Delivery.objects.create(
        target=None,
        target_name="ops",
        kind="digest",
        state="waiting",
        next_attempt_at=now,
        expires_at=now,
        created_at=now,
    )
    Delivery.objects.exclude(pk=carrier.pk).update(state="merged", carried_by=carrier)
    browser.post(f"{LIST}acknowledge/", {"delivery": str(carrier.pk)})
    assert Acknowledgement.objects.standing().count() == 1


@pytest.mark.parametrize("number", ["x", "0", "9" * 40, ""])
def test_a_delivery_that_is_none_acknowledges_nothing(browser: Client, alert: Alert, number: str) -> None:
    browser.post(f"{LIST}acknowledge/", {"delivery": number})
    assert not Acknowledgement.objects.exists()


@pytest.mark.parametrize("where", [page, lambda _: delivery_page()], ids=["alert", "delivery"])
def test_whoever_only_reads_sees_where_it_leads_and_no_more(client: Client, alert: Alert, where: Any) -> None:
    user = person("eve", "deliveries.view_alert", "deliveries.view_delivery", is_staff=True)
    client.force_login(user)
    found = shown(client, where(alert))
    assert ("Runbook" in external(found), "Acknowledge<" in found, "Silence 1 h" in found) == (True, False, False)


def test_badges_say_who_is_at_it_and_that_it_is_silenced(browser: Client, alert: Alert, now: datetime) -> None:
    acknowledging.acknowledge([alert.pk], by="bob", now=now)
    factories.make_silence("team=db", now)
    found = shown(browser, page(alert))
    assert (">bob is at it</span>" in found, ">silenced</span>" in found) == (True, True)


def test_the_timeline_stands_before_the_labels(browser: Client, alert: Alert) -> None:
    found = shown(browser, page(alert))
    assert found.index("<h2>Timeline</h2>") < found.index("<h2>Labels</h2>")


def test_a_label_leads_to_all_that_have_it(browser: Client, alert: Alert) -> None:
    assert f'<a href="{LIST}?q=team%3D%22db%22" title="Alerts with this label">db</a>' in shown(browser, page(alert))


def test_annotations_that_are_addresses_are_links_and_nothing_else_is(browser: Client, alert: Alert) -> None:
    found = shown(browser, page(alert))
    assert external(found)["https://wiki.example/disk"] == "https://wiki.example/disk"
    assert ('href="javascript' in found, ">See https://x.example<" in found) == (False, True)


def test_a_ghost_says_in_its_timeline_when_it_was_last_heard(browser: Client, alert: Alert, now: datetime) -> None:
    Alert.objects.update(last_seen_at=now - timedelta(hours=5))
    found = text(browser, page(alert))
    assert ("Last heard. Nothing came since, for 5 h." in found, "not heard of lately last heard" in found) == (
        True,
        True,
    )


def test_what_was_closed_unheard_says_so_with_when_it_was_last_heard(
    browser: Client, alert: Alert, now: datetime
) -> None:
    ghosts.close(now + timedelta(days=4))
    heard = f"closed unheard last heard {timezone.localtime(now):%d %b %H:%M}"
    assert [heard in text(browser, address) for address in (page(alert), f"{LIST}?status=closed")] == [True, True]


def test_what_is_heard_of_has_no_such_event(browser: Client, alert: Alert) -> None:
    assert "Nothing came since" not in text(browser, page(alert))


def test_the_list_in_groups_says_of_what_nothing_was_heard(browser: Client, alert: Alert, now: datetime) -> None:
    heard = now - timedelta(hours=5)
    Alert.objects.update(last_seen_at=heard)
    shown = f"not heard of lately last heard {timezone.localtime(heard):%d %b %H:%M}"
    assert shown in text(browser, LIST).split("Reload every 30 s")[1]


def test_labels_that_no_address_holds_lead_to_no_rule_tester(browser: Client, source: Source, now: datetime) -> None:
    factories.owed(source, now, factories.alert("Long", words="x" * 5000))
    assert "/admin/tester/?" not in browser.get(page(Alert.objects.get())).content.decode()
