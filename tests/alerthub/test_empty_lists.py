"""A list without rows says in words of its own what would stand there, and what to do; a narrowed one how to see all."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.test import Client

from tests import factories
from tests.callers import person

pytestmark = pytest.mark.django_db

UNFOLDS_OWN = "This page yielded into no results"
WORDS = {
    "deliveries/delivery": "Each message that a room is owed stands here",
    "deliveries/notification": "Each post of an Alertmanager stands here",
    "deliveries/rejectedrequest": "Posts that are refused stand here",
    "deliveries/trouble": "AlertHub watches itself",
    "routing/silence": "A silence keeps alerts that fit its matchers",
    "routing/target": "A target is one room of Rocket.Chat",
    "routing/rocketchatserver": "With a server AlertHub posts through the REST API",
    "routing/source": "A source is a sender that may post",
    "routing/timewindow": "A window names times of the week",
    "routing/template": "Messages have AlertHub's own words",
    "routing/apitoken": "With a token a program may use the REST API",
}
ADDED = ["silence", "target", "rocketchatserver", "source", "timewindow", "template", "apitoken"]


def shown(browser: Client, name: str, query: str = "") -> str:
    return browser.get(f"/admin/{name}/{query}").content.decode()


@pytest.mark.parametrize("name", WORDS)
def test_an_empty_list_has_words_of_its_own(browser: Client, name: str) -> None:
    text = shown(browser, name)
    assert (WORDS[name] in text, UNFOLDS_OWN in text) == (True, False)


@pytest.mark.parametrize("model", ADDED)
def test_an_empty_list_leads_to_a_first_row(browser: Client, model: str) -> None:
    assert f'<a class="ah-button ah-primary" href="/admin/routing/{model}/add/">' in shown(browser, f"routing/{model}")


def test_who_may_add_none_is_not_led_there(client: Client) -> None:
    client.force_login(person("bob", "routing.view_target", is_staff=True))
    text = shown(client, "routing/target")
    assert (WORDS["routing/target"] in text, "/admin/routing/target/add/" in text) == (True, False)


@pytest.mark.parametrize("query", ["?q=nothing", "?enabled__exact=0"])
def test_a_narrowed_list_says_so_and_leads_to_all(browser: Client, query: str) -> None:
    factories.make_target()
    text = shown(browser, "routing/target", query)
    assert ("No row fits" in text, WORDS["routing/target"] in text, '<a class="ah-button" href="?">' in text) == (
        True,
        False,
        True,
    )


def test_a_list_with_rows_says_nothing_of_it(browser: Client, now: datetime) -> None:
    factories.make_silence("a=b", now)
    assert WORDS["routing/silence"] not in shown(browser, "routing/silence")
