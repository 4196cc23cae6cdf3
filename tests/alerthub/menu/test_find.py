"""The search that Ctrl+K opens: what it finds, for whom, in which order, and what it costs."""

from __future__ import annotations

from datetime import datetime
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from deliveries.models import Alert, Delivery
from routing.models import Source
from tests import factories
from tests.callers import person

pytestmark = pytest.mark.django_db

FIND = "/admin/find/"


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def delivery(source: Source, now: datetime) -> Delivery:
    """Of one alert that fires, told to the target "ops" by the rule "Web"."""
    factories.make_rule("Web", [factories.make_target()])
    return factories.owed(source, now)[0]


def ask(browser: Client, asked: str) -> dict[str, list[tuple[str, str]]]:
    """(title, note) of each entry, by kind, as they stand."""
    kinds = browser.get(FIND, {"q": asked}).context["kinds"]
    return {kind: [(entry.title, entry.note) for entry in entries] for kind, entries in kinds}


def links(browser: Client, asked: str, kind: str) -> list[str]:
    return [entry.link for entry in dict(browser.get(FIND, {"q": asked}).context["kinds"])[kind]]


def bob(client: Client, *permissions: str) -> Client:
    client.force_login(person("bob", *permissions, is_staff=True))
    return client


def test_rules_and_targets_are_found_by_a_part_of_their_name(browser: Client, delivery: Delivery) -> None:
    found = ask(browser, "eb") | ask(browser, "OP")
    assert (found["Rules"], found["Targets"]) == ([("Web", "")], [("ops", "")])


def test_what_is_switched_off_says_so(browser: Client) -> None:
    factories.make_rule("Web", enabled=False)
    factories.make_target("webhooks", enabled=False)
    found = ask(browser, "web")
    assert (found["Rules"], found["Targets"]) == ([("Web", "disabled")], [("webhooks", "disabled")])


def test_alerts_are_found_by_name_with_how_many_fire(browser: Client, source: Source, now: datetime) -> None:
    factories.owed(source, now, *(factories.alert("DiskFull", instance=name) for name in "abc"))
    factories.owed(source, now, factories.alert("DiskSlow"), group="slow")
    Alert.objects.filter(name="DiskSlow").update(status="resolved")
    assert ask(browser, "disk")["Alerts"] == [("DiskFull", "3 firing"), ("DiskSlow", "resolved")]


def test_several_alerts_lead_to_the_list_and_one_to_its_page(browser: Client, source: Source, now: datetime) -> None:
    factories.owed(source, now, *(factories.alert('Disk "A" full', instance=name) for name in "ab"))
    factories.owed(source, now, factories.alert("DiskSlow"), group="slow")
    several, one = links(browser, "disk", "Alerts")
    assert one == reverse("admin:deliveries_alert_change", args=[Alert.objects.get(name="DiskSlow").pk])
    assert browser.get(several).context["cl"].queryset.count() == 2


def test_several_alerts_of_which_none_fires_lead_to_those_that_are_over(
    browser: Client, source: Source, now: datetime
) -> None:
    factories.owed(source, now, *(factories.alert(instance=name) for name in "ab"))
    Alert.objects.update(status="resolved")
    [link] = links(browser, "disk", "Alerts")
    assert browser.get(link).context["cl"].queryset.count() == 2


def test_where_alerts_are_meant_the_first_entry_asks_why(browser: Client, source: Source, now: datetime) -> None:
    factories.owed(source, now, *(factories.alert(instance=name) for name in "ab"))
    found = ask(browser, "DiskFull")
    assert next(iter(found.items())) == ("Answer", [("Why did “DiskFull” arrive, or not?", "")])
    assert links(browser, "DiskFull", "Answer") == ["/admin/why/?q=DiskFull"]


def test_one_alert_comes_before_the_question(browser: Client, delivery: Delivery) -> None:
    assert list(ask(browser, "DiskFull")) == ["Alerts", "Answer"]


@pytest.mark.parametrize("written", ["D-{}", "d{}", " D-{} "])
def test_a_number_leads_straight_there(browser: Client, delivery: Delivery, written: str) -> None:
    asked = written.format(delivery.pk)
    assert ask(browser, asked)["Number"] == [(str(delivery), "DiskFull to ops")]
    assert links(browser, asked, "Number") == [reverse("admin:deliveries_delivery_change", args=[delivery.pk])]


def test_notifications_and_silences_have_numbers_too(browser: Client, delivery: Delivery, now: datetime) -> None:
    silence = factories.make_silence("a=b", now)
    notification = ask(browser, f"N-{delivery.notification_id}")["Number"]
    assert notification == [(f"N-{delivery.notification_id}", "notification from prod")]
    assert ask(browser, f"S-{silence.pk}")["Number"] == [(f"S-{silence.pk}", "New disks")]


@pytest.mark.parametrize(
    ("asked", "pages"),
    [
        ("undel", ["Undelivered"]),
        ("dead letters", ["Undelivered"]),
        ("t", ["Today", "Rule tester", "Targets", "Time windows", "Templates", "Tokens"]),
        ("rule test", ["Rule tester"]),
        ("rules tester", []),
    ],
)
def test_pages_are_found_by_the_beginnings_of_their_words(browser: Client, asked: str, pages: list[str]) -> None:
    assert [title for title, _ in ask(browser, asked).get("Pages", [])] == pages


def test_what_one_can_do_is_found(browser: Client) -> None:
    assert ask(browser, "new sil")["Do"] == [("New silence", "")]
    assert browser.get(links(browser, "new silence", "Do")[0]).status_code == 200


def test_before_anything_is_typed_it_offers_where_to_begin(browser: Client) -> None:
    found = ask(browser, "")
    assert [title for title, _ in found["Pages"]] == ["Today", "Alerts", "Undelivered", "Silences", "Report", "Wall"]
    assert found["Do"][:3] == [("New silence", ""), ("New rule", ""), ("New target", "")]


def test_it_says_that_nothing_was_found_and_where_else_to_look(browser: Client) -> None:
    shown = browser.get(FIND, {"q": "zz<b>"}).content.decode()
    assert "Nothing found for “<bdi>zz&lt;b&gt;</bdi>”" in shown
    assert 'data-told="Nothing found"' in shown
    assert links(browser, "zz", "Elsewhere") == ["/admin/why/?q=zz"]


def test_at_most_six_of_each_kind_are_shown(browser: Client, source: Source, now: datetime) -> None:
    for number in range(8):
        factories.make_rule(f"x{number}", [factories.make_target(f"x{number}")])
    factories.owed(source, now, *(factories.alert(f"x{number}") for number in range(8)))
    found = ask(browser, "x")
    assert [len(found[kind]) for kind in ("Rules", "Targets", "Alerts")] == [6, 6, 6]


@pytest.mark.parametrize(
    ("permission", "kinds"),
    [
        ("routing.view_rule", ["Rules"]),
        ("routing.view_target", ["Targets"]),
        ("deliveries.view_alert", ["Alerts"]),
        ("deliveries.view_delivery", ["Elsewhere"]),
    ],
)
def test_nobody_finds_what_they_may_not_see(
    client: Client, source: Source, now: datetime, permission: str, kinds: list[str]
) -> None:
    factories.make_rule("web", [factories.make_target("web")])
    factories.owed(source, now, factories.alert("web"))
    assert [kind for kind in ask(bob(client, permission), "web") if kind != "Pages"] == kinds


def test_a_number_is_not_told_to_who_may_not_see_its_row(client: Client, delivery: Delivery) -> None:
    assert "Number" not in ask(bob(client, "deliveries.view_alert"), str(delivery))


def test_who_may_add_nothing_is_offered_nothing_to_add(client: Client) -> None:
    assert "Do" not in ask(bob(client, "routing.view_rule"), "")


def test_who_is_not_logged_in_is_sent_to_the_login(client: Client) -> None:
    assert urlsplit(client.get(FIND)["Location"]).path == "/admin/login/"


@pytest.mark.parametrize("asked", ["\0", "x" * 5000, "' OR 1=1 --", "%", '"', "D-" + "9" * 30, "\u202e", "a " * 100])
def test_odd_words_are_looked_for_like_any_other(browser: Client, delivery: Delivery, asked: str) -> None:
    assert browser.get(FIND, {"q": asked}).status_code == 200


def test_a_hostile_name_is_shown_as_it_is(browser: Client, source: Source, now: datetime) -> None:
    factories.owed(source, now, factories.alert("<script>alert(1)</script>"))
    shown = browser.get(FIND, {"q": "script"}).content.decode()
    assert ("<script>" in shown, "<script>alert(1)</script>" in unescape(shown)) == (False, True)


def test_every_search_takes_the_same_number_of_statements(browser: Client, source: Source, now: datetime) -> None:
    def statements(asked: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            browser.get(FIND, {"q": asked})
        return len(queries)

    few = statements("x")
    for number in range(8):
        factories.make_rule(f"x{number}", [factories.make_target(f"x{number}")])
    factories.owed(source, now, *(factories.alert(f"x{number}") for number in range(8)))
    assert statements("x") == few <= 6


def test_every_page_offers_the_search_and_says_which_keys_open_it(browser: Client) -> None:
    shown: Any = browser.get("/admin/routing/rule/").content.decode()
    assert 'href="/admin/why/" data-find-open' in shown
    assert "<kbd>Ctrl K</kbd>" in shown
    assert f'data-find="{FIND}"' in shown


def test_the_login_offers_no_search(client: Client) -> None:
    assert "data-find" not in client.get("/admin/login/").content.decode()
