"""What a page is called in its heading and in the browser, and the way back from it."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from django.test import Client
from django.utils.html import strip_tags

from deliveries.models import Delivery
from routing.models import Source
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def delivery(source: Source, now: datetime) -> Delivery:
    factories.tell_fallback(factories.make_target())
    return factories.owed(source, now)[0]


def drawn(browser: Client, page: str) -> str:
    return browser.get(page).content.decode()


def title(browser: Client, page: str) -> str:
    found = re.search(r"<title>(.*?)</title>", drawn(browser, page), re.DOTALL)
    assert found is not None
    return found[1].strip()


def heading(browser: Client, page: str) -> str:
    [found] = re.findall(r"<h1>(.*?)</h1>", drawn(browser, page), re.DOTALL)
    return strip_tags(found)


def way(browser: Client, page: str) -> list[tuple[str, str]]:
    """What leads to the page, as (words, address)."""
    found = re.search(r'<nav class="ah-way.*?</nav>', drawn(browser, page), re.DOTALL)
    return [
        (words, address) for address, words in re.findall(r'<a href="([^"]*)">(.*?)</a>', found[0] if found else "")
    ]


@pytest.mark.parametrize(
    ("page", "told"),
    [
        ("/admin/", "Today · AlertHub"),
        ("/admin/routing/rule/", "Rules · AlertHub"),
        ("/admin/deliveries/deadletter/", "Undelivered · AlertHub"),
        ("/admin/routing/rule/add/", "New rule · AlertHub"),
        ("/admin/why/", "Why did it arrive, or why not? · AlertHub"),
        ("/admin/password_change/", "Password change · AlertHub"),
    ],
)
def test_the_title_of_the_browser_names_the_page(browser: Client, page: str, told: str) -> None:
    assert title(browser, page) == told


def test_the_login_is_called_so_too(client: Client) -> None:
    assert title(client, "/admin/login/") == "Log in · AlertHub"


def test_a_list_is_called_as_in_the_menu_and_stands_in_nothing(browser: Client) -> None:
    page = "/admin/deliveries/delivery/"
    assert (heading(browser, page), way(browser, page)) == ("Deliveries", [])


def test_a_delivery_is_called_by_its_number_and_what_it_tells(browser: Client, delivery: Delivery) -> None:
    page = f"/admin/deliveries/delivery/{delivery.pk}/change/"
    assert title(browser, page) == f"{delivery} DiskFull · AlertHub"
    assert heading(browser, page) == f"{delivery} DiskFull"
    assert way(browser, page) == [("Deliveries", "/admin/deliveries/delivery/")]


def test_a_rule_is_called_by_its_name(browser: Client) -> None:
    rule = factories.make_rule("Web")
    page = f"/admin/routing/rule/{rule.pk}/change/"
    assert (heading(browser, page), title(browser, page)) == ("Web", "Web · AlertHub")


def test_what_is_done_to_a_row_stands_below_its_page(browser: Client) -> None:
    rule = factories.make_rule("Web")
    page = f"/admin/routing/rule/{rule.pk}/delete/"
    row = f"/admin/routing/rule/{rule.pk}/change/"
    assert way(browser, page) == [("Rules", "/admin/routing/rule/"), ("Web", row)]
    assert title(browser, page) == "Delete · Web · AlertHub"


def test_what_is_said_of_a_row_does_not_name_it_twice(browser: Client) -> None:
    rule = factories.make_rule("Web")
    page = f"/admin/routing/rule/{rule.pk}/history/"
    assert (heading(browser, page), title(browser, page)) == ("History", "History · Web · AlertHub")


def test_the_way_back_leads_to_the_list_as_it_was_filtered(browser: Client) -> None:
    target = factories.make_target()
    page = f"/admin/routing/target/{target.pk}/change/?_changelist_filters=q%3Dops"
    assert way(browser, page) == [("Targets", "/admin/routing/target/?q=ops")]


def test_a_phone_has_the_way_back_as_one_button(browser: Client, delivery: Delivery) -> None:
    shown = drawn(browser, f"/admin/deliveries/delivery/{delivery.pk}/change/")
    assert 'href="/admin/deliveries/delivery/" aria-label="Back to Deliveries"' in shown


def test_no_heading_reads_as_the_name_of_an_icon(browser: Client, delivery: Delivery) -> None:
    shown = drawn(browser, f"/admin/deliveries/delivery/{delivery.pk}/change/")
    before_content = strip_tags(shown.partition('id="content"')[0].partition('id="main"')[2])
    assert not re.search(r"chevron_right|arrow_back|dock_to_right|unfold_more", before_content)


def test_a_long_and_hostile_name_neither_breaks_nor_fills_the_title(browser: Client, delivery: Delivery) -> None:
    Delivery.objects.update(title="</title><b>" + "x" * 280)
    told = title(browser, f"/admin/deliveries/delivery/{delivery.pk}/change/")
    assert ("&lt;/title&gt;&lt;b&gt;" in told, len(told) < 180) == (True, True)


def test_a_filtered_list_says_how_many_it_found_beside_its_name(browser: Client) -> None:
    factories.make_rule("Web")
    shown = drawn(browser, "/admin/routing/rule/?q=Web")
    assert "1 of 2" in strip_tags(shown.partition('class="ah-found"')[2].partition("</p>")[0])


def test_a_list_that_is_not_filtered_counts_nothing_in_its_heading(browser: Client) -> None:
    assert 'class="ah-found"' not in drawn(browser, "/admin/routing/rule/")
