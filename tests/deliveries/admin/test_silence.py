"""Silences in the admin: made in two clicks, shown with what they cover, extended and ended."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from routing.models import Silence
from tests import factories

# The walk in test_handmade.py opens every page and address on each database.
pytestmark = [pytest.mark.django_db, pytest.mark.anywhere]

LIST = "/admin/routing/silence/"
NEW = {"matchers": 'alertname="DiskFull"', "lasts": "4h", "comment": "New disks"}


@pytest.fixture
def now() -> datetime:
    return timezone.now()


def errors(answer: Any) -> dict[str, list[str]]:
    return dict(answer.context["adminform"].errors)


def test_an_alerts_labels_are_filled_in_by_the_address(browser: Client) -> None:
    page = browser.get(f"{LIST}add/", {"matchers": 'alertname="DiskFull"'})
    assert page.context["adminform"].form["matchers"].value() == 'alertname="DiskFull"'


def test_a_chip_says_how_long(browser: Client) -> None:
    browser.post(f"{LIST}add/", NEW)
    made = Silence.objects.get()
    assert made.ends_at - made.starts_at == timedelta(hours=4)


def test_the_author_is_kept(browser: Client) -> None:
    browser.post(f"{LIST}add/", NEW)
    assert Silence.objects.get().author == "ann"


def test_a_silence_may_last_until_tomorrow_morning(browser: Client, now: datetime) -> None:
    browser.post(f"{LIST}add/", NEW | {"lasts": "tomorrow"})
    end = timezone.localtime(Silence.objects.get().ends_at)
    assert (end.hour, end.date()) == (9, timezone.localtime(now).date() + timedelta(days=1))


def test_a_moment_of_ones_own_beats_the_chip(browser: Client) -> None:
    browser.post(f"{LIST}add/", NEW | {"ends_at": "2099-12-31T12:00"})
    assert Silence.objects.get().ends_at.year == 2099


def test_a_moment_of_ones_own_must_be_given(browser: Client) -> None:
    assert "ends_at" in errors(browser.post(f"{LIST}add/", NEW | {"lasts": "custom"}))


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"comment": ""}, "comment"),
        ({"matchers": 'team=~".*"'}, "matchers"),
        ({"matchers": 'team="'}, "matchers"),
        ({"ends_at": "2020-01-01T12:00"}, "ends_at"),
        ({"lasts": "forever"}, "lasts"),
    ],
)
def test_what_makes_no_sense_is_refused(browser: Client, changed: dict[str, str], field: str) -> None:
    answer = browser.post(f"{LIST}add/", NEW | changed)
    assert (field in errors(answer), Silence.objects.count()) == (True, 0)


def test_the_form_shows_what_the_silence_would_cover(browser: Client, now: datetime) -> None:
    factories.owed(factories.make_source(), now, factories.alert("DiskFull"), factories.alert("HostDown"))
    shown = browser.get(f"{LIST}add/", {"matchers": 'alertname=~"Disk.*"'}).content.decode()
    assert ("1 firing alert" in shown, ">HostDown<" in shown) == (True, False)


def test_the_preview_follows_what_is_written(browser: Client, now: datetime) -> None:
    factories.owed(factories.make_source(), now, factories.alert("DiskFull"), factories.alert("HostDown"))
    answer = browser.post(f"{LIST}preview/", {"matchers": 'severity="critical"'}, headers={"X-Requested-With": "fetch"})
    assert "2 firing alerts" in answer.content.decode()


def test_the_preview_names_a_mistake(browser: Client) -> None:
    answer = browser.post(f"{LIST}preview/", {"matchers": 'team="'}, headers={"X-Requested-With": "fetch"})
    assert "column" in answer.content.decode()


def test_the_preview_saves_nothing(browser: Client) -> None:
    browser.post(f"{LIST}preview/", NEW)
    assert not Silence.objects.exists()


def test_a_silence_is_extended_from_now_on(browser: Client, now: datetime) -> None:
    silence = factories.make_silence("a=b", now)
    browser.post(f"{LIST}{silence.pk}/extend/", {"lasts": "4h"})
    silence.refresh_from_db()
    assert timedelta(hours=4) <= silence.ends_at - now < timedelta(hours=4, minutes=5)


def test_a_silence_is_ended_now(browser: Client, now: datetime) -> None:
    silence = factories.make_silence("a=b", now)
    browser.post(f"{LIST}{silence.pk}/end/")
    assert not Silence.objects.active(timezone.now()).exists()


def test_looking_at_the_question_ends_nothing(browser: Client, now: datetime) -> None:
    silence = factories.make_silence("a=b", now)
    browser.get(f"{LIST}{silence.pk}/end/")
    assert Silence.objects.active(timezone.now()).exists()


def test_one_that_is_over_is_made_anew(browser: Client, now: datetime) -> None:
    silence = factories.make_silence("a=b", now, hours=-0.01)
    answer = browser.get(f"{LIST}{silence.pk}/again/")
    assert answer["Location"] == f"{LIST}add/?matchers=a%3Db&comment=New+disks"


@pytest.mark.parametrize("act", ["extend", "end"])
def test_one_that_is_over_is_history(browser: Client, now: datetime, act: str) -> None:
    silence = factories.make_silence("a=b", now, hours=-0.01)
    assert browser.post(f"{LIST}{silence.pk}/{act}/", {"lasts": "1h"}).status_code == 403


@pytest.mark.parametrize(("state", "found"), [("active", [0]), ("pending", [1]), ("over", [2]), ("odd", [0, 1, 2])])
def test_the_list_is_filtered_by_state(browser: Client, now: datetime, state: str, found: list[int]) -> None:
    later = now + timedelta(hours=1)
    rows = [
        factories.make_silence("a=b", now),
        factories.make_silence("a=b", now, starts_at=later, ends_at=later + timedelta(hours=1)),
        factories.make_silence("a=b", now, hours=-0.01),
    ]
    listed = browser.get(LIST, {"state": state}).context["cl"].queryset
    assert {row.pk for row in listed} == {rows[each].pk for each in found}


def test_a_window_is_drawn_as_a_week(browser: Client) -> None:
    window = factories.make_window(times="09:00-17:00", weekdays="monday:friday")
    page = browser.get(f"/admin/routing/timewindow/{window.pk}/change/").content.decode()
    assert (page.count("09:00–17:00"), page.count("not at all")) == (5, 2)


def test_a_rule_shows_when_it_speaks(browser: Client) -> None:
    rule = factories.make_rule(targets=[factories.make_target()])
    rule.active_windows.add(factories.make_window("office", times="09:00-17:00"))
    rule.muted_windows.add(factories.make_window("lunch", times="12:00-13:00"))
    page = browser.get(f"/admin/routing/rule/{rule.pk}/change/").content.decode()
    assert page.count("09:00–12:00, 13:00–17:00") == 7


def test_a_window_that_cannot_be_read_is_refused_at_its_field(browser: Client) -> None:
    form = {"intervals-TOTAL_FORMS": 1, "intervals-INITIAL_FORMS": 0, "name": "nights",
            "intervals-0-times": "22:00-06:00", "intervals-0-location": "UTC"}  # fmt: skip
    answer = browser.post("/admin/routing/timewindow/add/", form)
    assert "Over midnight it takes two" in answer.content.decode()


def test_a_window_in_use_says_where(browser: Client) -> None:
    window = factories.make_window()
    factories.make_rule("loud", targets=[factories.make_target()]).active_windows.add(window)
    page = browser.get(f"/admin/routing/timewindow/{window.pk}/delete/").content.decode()
    assert "is used by rule &quot;loud&quot;" in page
