"""Moments are entered in one native field, by the clock of who reads the page."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from routing.admin import lasting
from routing.admin.moments import MomentField, zone
from routing.models import Silence
from tests.factories import make_silence

pytestmark = [pytest.mark.django_db, pytest.mark.anywhere]

ADD = "/admin/routing/silence/add/"
NEW = {"matchers": 'alertname="DiskFull"', "lasts": "4h", "comment": "New disks"}
NOON = datetime(2099, 7, 1, 12, 0, tzinfo=UTC)


def test_a_moment_is_read_by_the_readers_clock(browser: Client) -> None:
    browser.post(ADD, NEW | {"ends_at": "2099-07-01T14:00", "ends_at_zone": "Europe/Berlin"})
    assert Silence.objects.get().ends_at == NOON


@pytest.mark.parametrize("odd", ["", "Nowhere/Land", "../../etc/passwd", "Europe", "x" * 5000, "\ud83d", "/"])
def test_without_a_known_zone_it_is_the_servers_clock(browser: Client, odd: str) -> None:
    browser.post(ADD, NEW | {"ends_at": "2099-07-01T12:00", "ends_at_zone": odd.encode("utf-8", "replace").decode()})
    assert Silence.objects.get().ends_at == NOON


@pytest.mark.parametrize(
    ("told", "hour"),
    [
        ("Europe/Berlin 0", 14),
        ("Nowhere/Land 330", 17),
        ("Nowhere/Land -60", 11),
        ("Nowhere/Land 841", 12),
        ("x \u0663", 12),
    ],
)
def test_a_zone_that_is_not_known_here_is_a_clock_as_far_ahead_as_the_readers(
    browser: Client, told: str, hour: int
) -> None:
    minute = "30" if hour == 17 else "00"
    browser.post(ADD, NEW | {"ends_at": f"2099-07-01T{hour}:{minute}", "ends_at_zone": told})
    assert Silence.objects.get().ends_at == NOON


def test_after_a_mistake_a_moment_is_shown_as_the_same_moment(browser: Client) -> None:
    form = NEW | {"comment": "", "ends_at": "2099-07-01T14:00", "ends_at_zone": "Europe/Berlin"}
    page = browser.post(ADD, form).content.decode()
    assert 'value="2099-07-01T12:00"' in page
    assert 'data-moment="2099-07-01T14:00:00+02:00"' in page


@pytest.mark.parametrize("odd", ["yesterday", "2099-02-31T10:00", "9999-12-31T23:59", "0001-01-01T00:00", "\x00"])
def test_what_is_no_moment_is_refused_at_its_field(browser: Client, odd: str) -> None:
    answer = browser.post(ADD, NEW | {"ends_at": odd, "ends_at_zone": "Pacific/Kiritimati"})
    assert "ends_at" in answer.context["adminform"].errors


def test_a_moment_that_nobody_touched_stays_to_the_second(browser: Client) -> None:
    silence = make_silence("a=b", datetime(2099, 7, 1, 12, 0, 7, tzinfo=UTC))
    address = f"/admin/routing/silence/{silence.pk}/change/"
    shown = dict(re.findall(r'name="(starts_at|ends_at)" value="([^"]+)"', browser.get(address).content.decode()))
    browser.post(address, {"matchers": "a=b", "comment": "more", **shown})
    again = Silence.objects.get()
    assert (again.comment, again.starts_at, again.ends_at) == ("more", silence.starts_at, silence.ends_at)


def test_no_field_has_djangos_warning_beside_it(browser: Client) -> None:
    page = browser.get(ADD).content.decode()
    assert ("vDateField" in page, "DateTimeShortcuts" in page) == (False, False)


def test_a_field_names_the_clock_it_is_read_by(browser: Client) -> None:
    assert "data-zone-words>UTC</span>" in browser.get(ADD).content.decode()


@pytest.mark.parametrize(
    ("name", "hour"), [("Europe/Berlin", 8), ("America/New_York", 14), ("", 9), ("Nowhere/Land", 9)]
)
def test_tomorrow_morning_is_the_readers(name: str, hour: int) -> None:
    now = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    assert lasting.until("tomorrow", now, now, None, zone(name)) == datetime(2026, 11, 24, hour, 0, tzinfo=UTC)


def test_where_it_is_tomorrow_already_the_morning_is_the_one_after(browser: Client) -> None:
    now = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    assert lasting.until("tomorrow", now, now, None, zone("Europe/Berlin")) == datetime(2026, 11, 25, 8, tzinfo=UTC)


@pytest.mark.parametrize(("hour", "minute"), [(0, 30), (8, 59), (23, 59)])
def test_the_morning_says_which_day_it_is_of(hour: int, minute: int) -> None:
    """At half past midnight on a Saturday somebody may well mean Saturday."""
    now = datetime(2026, 11, 28, hour, minute, tzinfo=UTC)
    end = lasting.until("tomorrow", now, now, None)
    shown = dict(lasting.choices(now))["tomorrow"]
    assert (end, "(Sun, UTC)" in shown) == (datetime(2026, 11, 29, 9, tzinfo=UTC), True)


def test_the_morning_stays_nine_when_the_clocks_change() -> None:
    now = datetime(2026, 10, 24, 12, 0, tzinfo=UTC)
    assert lasting.until("tomorrow", now, now, None, zone("Europe/Berlin")) == datetime(2026, 10, 25, 8, tzinfo=UTC)


@pytest.mark.parametrize("act", ["add", "extend"])
def test_both_forms_of_a_silence_know_the_readers_zone(browser: Client, act: str) -> None:
    now = timezone.now()
    silence = make_silence("a=b", now)
    address = ADD if act == "add" else f"/admin/routing/silence/{silence.pk}/extend/"
    assert 'name="zone" data-reader-zone' in browser.get(address).content.decode()
    browser.post(address, NEW | {"lasts": "tomorrow", "zone": "Asia/Tokyo"})
    end = Silence.objects.order_by("-ends_at")[0].ends_at
    assert (end.hour, end - now > timedelta(hours=1)) == (0, True)


def test_an_empty_field_is_no_moment() -> None:
    assert MomentField(required=False).clean("") is None


def test_an_address_may_choose_how_long(browser: Client) -> None:
    assert browser.get(ADD, {"lasts": "4h"}).context["adminform"].form["lasts"].value() == "4h"


@pytest.mark.parametrize(("address", "first"), [({}, "matchers"), ({"matchers": "a=b"}, "comment")])
def test_what_is_still_to_be_said_stands_first(browser: Client, address: dict[str, str], first: str) -> None:
    parts = browser.get(ADD, address).context["parts"]
    assert parts[0].fieldset.fields == [first]
