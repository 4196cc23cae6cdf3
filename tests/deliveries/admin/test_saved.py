"""Saved filters above the list of deliveries, and the look beside it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from deliveries.models import SavedFilter
from tests import factories
from tests.callers import person

pytestmark = pytest.mark.django_db

LIST = "/admin/deliveries/delivery/"
SEEING = "deliveries.view_delivery"


@pytest.fixture
def ann() -> User:
    return User.objects.create_superuser("ann", "", "x")


@pytest.fixture
def browser(client: Client, ann: User) -> Client:
    client.force_login(ann)
    return client


@pytest.fixture
def bob() -> Client:
    client = Client()
    client.force_login(person("bob", SEEING, "deliveries.add_savedfilter", is_staff=True))
    return client


def keep(browser: Client, **fields: str) -> Any:
    return browser.post(f"{LIST}filters/", {"name": "mine", "query": "state__exact=held"} | fields)


def names(browser: Client, **asked: str) -> list[str]:
    return [chip.name for chip in browser.get(LIST, asked).context["chips"]]


def test_filters_are_kept_under_a_name(browser: Client) -> None:
    answer = keep(browser)
    assert (answer["Location"], "mine" in names(browser)) == (f"{LIST}?state__exact=held", True)


def test_the_same_name_gets_the_new_filters(browser: Client) -> None:
    keep(browser)
    keep(browser, query="last=1")
    assert SavedFilter.objects.get().query == "last=1"


def test_the_one_that_is_looked_at_is_marked(browser: Client) -> None:
    chips = browser.get(LIST, {"state__exact": "held"}).context["chips"]
    assert [chip.name for chip in chips if chip.chosen] == ["Held now"]


def test_a_page_of_the_list_is_no_filter(browser: Client) -> None:
    assert browser.get(LIST, {"p": "1", "o": "1", "last": "1"}).context["filters"] == "last=1"


def test_others_do_not_see_it(browser: Client, bob: Client) -> None:
    keep(browser)
    assert "mine" not in names(bob)


def test_others_see_what_is_shared(browser: Client, bob: Client) -> None:
    keep(browser, shared="on")
    assert "mine" in names(bob)


def test_who_may_not_share_keeps_it_for_themselves(browser: Client, bob: Client) -> None:
    keep(bob, shared="on")
    assert not SavedFilter.objects.get().shared


def test_ones_own_is_forgotten(browser: Client) -> None:
    keep(browser)
    browser.post(f"{LIST}filters/{SavedFilter.objects.get().pk}/forget/")
    assert not SavedFilter.objects.exists()


def test_that_of_others_stays(browser: Client, bob: Client) -> None:
    keep(bob)
    browser.post(f"{LIST}filters/{SavedFilter.objects.get().pk}/forget/")
    assert SavedFilter.objects.exists()


@pytest.mark.parametrize("fields", [{"name": " "}, {"query": ""}, {"query": "x" * 2001}])
def test_what_makes_no_sense_is_not_kept(browser: Client, fields: dict[str, str]) -> None:
    keep(browser, **fields)
    assert not SavedFilter.objects.exists()


def test_a_link_keeps_nothing(browser: Client) -> None:
    assert browser.get(f"{LIST}filters/", {"name": "x", "query": "last=1"}).status_code == 403


def test_a_look_shows_the_message_as_the_room_sees_it(browser: Client) -> None:
    now: datetime = timezone.now()
    factories.tell_fallback(factories.make_target())
    [owed] = factories.owed(factories.make_source(), now)
    shown = browser.get(f"{LIST}{owed.pk}/panel/").content.decode()
    assert ("DiskFull happened" in shown, "<html" in shown) == (True, False)


def test_a_look_at_nothing_is_refused(browser: Client) -> None:
    assert browser.get(f"{LIST}99/panel/").status_code == 403
