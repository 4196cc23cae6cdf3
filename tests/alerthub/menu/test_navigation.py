"""The sidebar: in the order of need, with figures that are true, for what a person may see."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from alerthub.menu import items
from deliveries.figures import standing
from deliveries.models import Alert, Delivery
from routing.models import Source
from tests import factories
from tests.callers import person

pytestmark = pytest.mark.django_db

PAGE = "/admin/password_change/"


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def source() -> Source:
    factories.tell_fallback(factories.make_target())
    return factories.make_source()


def menu(browser: Client, page: str = PAGE) -> dict[str, list[str]]:
    groups = browser.get(page).context["sidebar_navigation"]
    return {group["title"]: [item["title"] for item in group["items"]] for group in groups}


def figures(browser: Client, page: str = PAGE) -> dict[str, str]:
    """What stands beside the lines of the menu, as it is drawn."""
    drawn = browser.get(page).content.decode()
    found = re.findall(r'data-count="(\w+)"( hidden)?><b>([^<]*)</b>', drawn)
    return {name: "hidden" if hidden else number for name, hidden, number in found}


def active(browser: Client, page: str) -> list[str]:
    groups = browser.get(page).context["sidebar_navigation"]
    return [item["title"] for group in groups for item in group["items"] if item["active"]]


def bob(client: Client, *permissions: str) -> Client:
    client.force_login(person("bob", *permissions, is_staff=True))
    return client


def test_the_menu_stands_in_the_order_of_need(browser: Client) -> None:
    assert menu(browser) == {
        "Now": ["Today", "Alerts", "Undelivered", "Silences", "Report", "Wall"],
        "Trail": ["Deliveries", "Notifications", "Refused", "Changes"],
        "Routing": ["Rules", "Rule tester", "Targets", "Time windows", "Templates"],
        "Set up": ["Servers", "Sources", "Severity words", "Users", "Tokens", "Troubles"],
    }


@pytest.mark.parametrize("item", [item for group in items.MENU for item in group.items], ids=lambda item: item.title)
def test_every_line_leads_to_a_page_that_is_called_so(browser: Client, item: items.Item) -> None:
    shown = browser.get(item.link).content.decode()
    assert f"<h1><bdi>{item.title}</bdi></h1>" in shown
    assert active(browser, item.link) == [item.title]


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/admin/deliveries/deadletter/settle/", "Undelivered"),
        ("/admin/routing/rule/3/change/", "Rules"),
        ("/admin/", "Today"),
        ("/admin/password_change/", None),
        ("/admin/routing/", None),
    ],
)
def test_a_page_stands_under_the_line_whose_address_it_continues(path: str, title: str | None) -> None:
    item = items.of(path)
    assert (item and item.title) == title


def test_the_figures_are_what_fires_is_undelivered_and_is_silenced_now(
    browser: Client, source: Source, now: datetime
) -> None:
    for number in range(3):
        factories.owed(source, now, factories.alert(f"A{number}"), group=f"g{number}")
    Alert.objects.filter(name="A0").update(status="resolved")
    Delivery.objects.filter(title="A1").update(state="expired", ended_at=now)
    factories.make_silence("a=b", now)
    factories.make_silence("a=c", now - timedelta(days=1))
    assert figures(browser) == {"firing": "2", "undelivered": "1", "silences": "1"}


def test_nothing_stands_beside_a_line_of_which_there_is_none(browser: Client) -> None:
    assert figures(browser) == {"firing": "hidden", "undelivered": "hidden", "silences": "hidden"}


def test_more_than_can_be_counted_in_a_moment_is_said_to_be_more(
    browser: Client, source: Source, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing, "MOST", 2)
    factories.owed(source, now, *(factories.alert(f"A{number}") for number in range(4)))
    assert figures(browser)["firing"] == "2+"


def test_a_screen_reader_hears_what_is_counted(browser: Client, source: Source, now: datetime) -> None:
    factories.owed(source, now)
    assert '<b>1</b><span class="ah-sr"> firing now</span>' in browser.get(PAGE).content.decode()


def test_nobody_is_told_how_many_there_are_of_what_they_may_not_see(
    client: Client, source: Source, now: datetime
) -> None:
    factories.owed(source, now)
    factories.make_silence("a=b", now)
    viewer = bob(client, "routing.view_silence")
    assert (figures(viewer), viewer.get(reverse("menu_counts")).json()) == ({"silences": "1"}, {"silences": "1"})


def test_a_group_of_which_a_person_may_see_nothing_is_not_there(client: Client) -> None:
    assert menu(bob(client, "routing.view_rule")) == {
        "Now": ["Today"],
        "Trail": ["Changes"],
        "Routing": ["Rules", "Rule tester"],
    }


def test_all_figures_of_a_page_take_one_statement(browser: Client, source: Source, now: datetime) -> None:
    factories.owed(source, now)
    with CaptureQueriesContext(connection) as queries:
        browser.get(PAGE)
    assert sum("deliveries_alert" in query["sql"] or "silence" in query["sql"] for query in queries) == 1


def test_a_page_that_is_not_drawn_counts_nothing(browser: Client) -> None:
    with CaptureQueriesContext(connection) as queries:
        browser.get("/admin/routing/rule/999/change/")
    assert not any("deliveries_alert" in query["sql"] for query in queries)


def test_the_figures_are_read_anew_for_a_page_that_stays_open(browser: Client, source: Source, now: datetime) -> None:
    factories.owed(source, now)
    told: Any = browser.get(reverse("menu_counts")).json()
    assert told == {"firing": "1", "undelivered": "", "silences": ""}


def test_who_is_not_logged_in_is_told_no_figures(client: Client) -> None:
    assert client.get(reverse("menu_counts"))["Location"].startswith("/admin/login/")
