"""The admin's first page: figures, charts, targets, what to look at, and the question."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from deliveries.figures import counts
from deliveries.models import Delivery, Lane
from routing.models import Source, Target
from tests import factories
from tests.callers import person

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def target() -> Target:
    return factories.make_target()


@pytest.fixture
def source(target: Target) -> Source:
    factories.make_rule(targets=[target], matchers="team=db")
    factories.tell_fallback(target)
    return factories.make_source()


def owe(source: Source, at: datetime, **changes: Any) -> Delivery:
    """One delivery that was owed at that time, in a group of its own."""
    name = f"A{Delivery.objects.count()}"
    [owed] = factories.owed(source, at, factories.alert(name, team="db", starts_at=at.isoformat()), group=name)
    Delivery.objects.filter(pk=owed.pk).update(**changes)
    return owed


def delivered(source: Source, at: datetime, seconds: float) -> Delivery:
    return owe(source, at, state="delivered", ended_at=at + timedelta(seconds=seconds))


def page(browser: Client) -> Any:
    return browser.get("/admin/").context


def tile(browser: Client, label: str) -> Any:
    return next(tile for tile in page(browser)["tiles"] if tile.label == label)


def test_the_last_hour_stands_beside_the_last_day(browser: Client, source: Source, now: datetime) -> None:
    for hours in (0.5, 2, 23, 25):
        delivered(source, now - hours * HOUR, 1)
    assert (tile(browser, "deliveries in the room").hour, tile(browser, "deliveries in the room").day) == (1, 3)


def test_what_was_accepted_is_counted(browser: Client, source: Source, now: datetime) -> None:
    for hours in (0.5, 2, 25):
        owe(source, now - hours * HOUR)
    assert (tile(browser, "notifications accepted").hour, tile(browser, "notifications accepted").day) == (1, 2)


def test_what_waits_counts_whatever_its_age(browser: Client, source: Source, now: datetime) -> None:
    owe(source, now - 30 * HOUR)
    assert tile(browser, "deliveries pending now").hour == 1


PARTS = ["burning", "health", "steps", "figures", "looks"]

TILES = [
    "notifications accepted",
    "deliveries in the room",
    "deliveries pending now",
    "deliveries held now",
    "deliveries failed",
]


@pytest.mark.parametrize("label", TILES)
def test_every_figure_leads_to_its_rows(browser: Client, source: Source, now: datetime, label: str) -> None:
    delivered(source, now - HOUR / 2, 1)
    owe(source, now - HOUR / 2, state="rejected", ended_at=now)
    owe(source, now - HOUR / 2, state="held")
    owe(source, now - HOUR / 2)
    shown = tile(browser, label)
    rows = browser.get(shown.hour_link).context["cl"].queryset
    assert rows.count() == shown.hour > 0


def test_times_are_read_from_what_was_delivered(browser: Client, source: Source, now: datetime) -> None:
    for _ in range(3):
        delivered(source, now - HOUR / 2, 0.2)
    assert [name for name, _, _ in page(browser)["times"]] == ["p50", "p95", "p99"]
    assert page(browser)["times"][0][1].endswith(" ms")


def looks(browser: Client, word: str) -> list[Any]:
    return [each for each in page(browser)["looks"] if word in each[1]]


def test_alerts_for_which_no_rule_fitted_are_named(browser: Client, source: Source, now: datetime) -> None:
    factories.owed(source, now, factories.alert("Stray"))
    owe(source, now)
    [(link, words, _)] = looks(browser, "fallback")
    assert (words[:2], browser.get(link).context["cl"].queryset.count()) == ("1 ", 1)


def test_a_target_shows_how_it_does(browser: Client, source: Source, target: Target, now: datetime) -> None:
    Lane.objects.create(target=target, last_delivered_at=now)
    for _ in range(3):
        delivered(source, now - HOUR, 1)
    owe(source, now - HOUR, state="expired", ended_at=now)
    [room] = page(browser)["rooms"]
    assert (room["success"], room["count"], room["open"]) == ("75.0%", 4, 0)


def test_silences_that_end_soon_are_named(browser: Client, source: Source, now: datetime) -> None:
    soon = factories.make_silence("a=b", now, hours=1)
    factories.make_silence("a=b", now, hours=9)
    assert [name for _, name, words in looks(browser, "Silence") if "ends at" in words] == [f"Silence {soon}"]


def test_alerts_are_drawn_in_the_hour_they_began(source: Source, now: datetime) -> None:
    owe(source, now - 2.5 * HOUR)
    hours = {start: counts.total() for start, counts in counts.of_alerts(now)}
    began = next(start for start in hours if start <= now - 2.5 * HOUR)
    assert {start: count for start, count in hours.items() if count} == {began: 1}


def test_the_charts_have_their_figures_as_a_table(browser: Client, source: Source, now: datetime) -> None:
    delivered(source, now, 1)
    shown = browser.get("/admin/").content.decode()
    assert shown.count("As a table") == 2


def test_the_question_leads_to_its_answer(browser: Client, source: Source, now: datetime) -> None:
    owed = owe(source, now)
    shown = browser.get("/admin/").content.decode()
    action = re.search(r'<form action="([^"]+)"[^>]*role="search"', shown)
    assert action is not None
    [(alert, *_)] = browser.get(action[1], {"q": owed.title}).context["alerts"]
    assert alert.name == owed.title


def test_who_may_not_see_deliveries_sees_no_figures(client: Client) -> None:
    client.force_login(person("bob", "routing.view_rule", is_staff=True))
    assert "shows_figures" not in client.get("/admin/").context


def test_the_last_actions_of_people_are_no_part_of_it(browser: Client, source: Source) -> None:
    browser.post("/admin/routing/source/add/", {"name": "staging"})
    assert "Recent actions" not in browser.get("/admin/").content.decode()


def test_it_opens_with_the_question_ready(browser: Client) -> None:
    shown = browser.get("/admin/").content.decode()
    assert (shown.count("data-first-focus"), "deliveries/home.js" in shown) == (1, True)


def test_it_says_as_of_when_it_is_true(browser: Client) -> None:
    assert re.search(r"data-as-of>as of <time [^>]+>\d\d:\d\d:\d\d</time>", browser.get("/admin/").content.decode())


def test_its_parts_can_be_replaced_one_by_one(browser: Client) -> None:
    shown = browser.get("/admin/").content.decode()
    assert re.findall(r'data-part="(\w+)"', shown) == PARTS


def test_it_is_fetched_again_every_half_minute(browser: Client, source: Source, now: datetime) -> None:
    delivered(source, now, 1)
    assert 'data-live="30"' in browser.get("/admin/").content.decode()


def test_while_a_first_alert_is_waited_for_it_is_fetched_more_often(browser: Client) -> None:
    assert 'data-live="5"' in browser.get("/admin/").content.decode()
