"""Windows are chosen with buttons for days and clocks for hours; the text they stand for stays under Advanced."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from routing.models import TimeInterval, TimeWindow
from tests.factories import make_window

pytestmark = [pytest.mark.django_db, pytest.mark.anywhere]

ADD = "/admin/routing/timewindow/add/"
PREVIEW = "/admin/routing/timewindow/preview/"
FETCH = {"X-Requested-With": "fetch"}


def form(**fields: Any) -> dict[str, Any]:
    """As a browser sends one new interval, with nothing chosen unless it is given."""
    sent = {"days_shown": "1", "hours_shown": "1", "hours_from": "", "hours_to": "", "times": "", "weekdays": "",
            "days_of_month": "", "months": "", "years": "", "location": "UTC"} | fields  # fmt: skip
    heads = {"name": "nights", "intervals-TOTAL_FORMS": 1, "intervals-INITIAL_FORMS": 0}
    return heads | {f"intervals-0-{name}": value for name, value in sent.items()}


def of(window: TimeWindow, **fields: Any) -> dict[str, Any]:
    """The same of the interval that is there."""
    row = window.intervals.get()
    kept = {"times": row.times, "weekdays": row.weekdays, "months": row.months, "location": row.location}
    return form(**kept | fields) | {"intervals-INITIAL_FORMS": 1, "intervals-0-id": row.pk, "name": window.name}


def page(window: TimeWindow) -> str:
    return reverse("admin:routing_timewindow_change", args=[window.pk])


def errors(answer: Any) -> dict[str, list[str]]:
    return answer.context["inline_admin_formsets"][0].formset.errors[0]


def test_buttons_and_clocks_make_a_window(browser: Client) -> None:
    browser.post(ADD, form(days=["1", "2", "3", "4", "5"], hours_from=["09:00", "13:00"], hours_to=["12:00", "17:00"]))
    row = TimeInterval.objects.get()
    assert (row.weekdays, row.times) == ("monday:friday", "09:00-12:00, 13:00-17:00")


def test_the_end_of_a_day_is_midnight(browser: Client) -> None:
    browser.post(ADD, form(hours_from="22:00", hours_to="00:00"))
    assert TimeInterval.objects.get().times == "22:00-24:00"


def test_hours_over_midnight_on_every_day_become_two(browser: Client) -> None:
    browser.post(ADD, form(hours_from="22:00", hours_to="06:00"))
    assert TimeInterval.objects.get().times == "22:00-24:00, 00:00-06:00"


def test_hours_over_midnight_on_some_days_say_which_two_intervals_to_make(browser: Client) -> None:
    [words] = errors(browser.post(ADD, form(days=["5", "6"], hours_from="22:00", hours_to="06:00")))["hours"]
    assert "22:00–00:00 on Fri, Sat, and 00:00–06:00 on Sat, Sun" in words


@pytest.mark.parametrize(("first", "last"), [("09:00", ""), ("", "17:00"), ("25:00", "26:00"), ("<b>", "17:00")])
def test_half_a_pair_is_refused_at_the_clocks(browser: Client, first: str, last: str) -> None:
    answer = browser.post(ADD, form(hours_from=first, hours_to=last))
    assert (list(errors(answer)), TimeWindow.objects.count()) == (["hours"], 0)


def test_a_day_that_is_none_is_refused(browser: Client) -> None:
    assert "days" in errors(browser.post(ADD, form(days=["9"])))


def test_what_is_stored_is_chosen_when_the_page_opens(browser: Client) -> None:
    shown = browser.get(page(make_window(times="22:00-24:00", weekdays="saturday,sunday"))).content.decode()
    assert 'value="6" id="id_intervals-0-days_5" checked' in shown
    assert 'value="1" id="id_intervals-0-days_0" checked' not in shown
    assert ('hours_from" value="22:00"' in shown, 'hours_to" value="00:00"' in shown) == (True, True)


def test_a_page_that_is_saved_as_it_opened_changes_nothing(browser: Client) -> None:
    window = make_window(times="09:00-10:00", weekdays="sunday:tuesday")
    browser.post(page(window), of(window, days=["0", "1", "2"], hours_from="09:00", hours_to="10:00"))
    row = TimeInterval.objects.get()
    assert (row.times, row.weekdays) == ("09:00-10:00", "sunday:tuesday")


def test_the_buttons_count_when_only_they_were_changed(browser: Client) -> None:
    window = make_window(weekdays="monday:friday")
    browser.post(page(window), of(window, days=["6"]))
    assert TimeInterval.objects.get().weekdays == "saturday"


def test_the_text_counts_when_only_it_was_changed(browser: Client) -> None:
    window = make_window(times="09:00-17:00", weekdays="monday")
    same = {"days": ["1"], "hours_from": "09:00", "hours_to": "17:00"}
    browser.post(page(window), of(window, **same, times="10:00-24:00", weekdays="friday"))
    row = TimeInterval.objects.get()
    assert (row.times, row.weekdays) == ("10:00-24:00", "friday")


def test_buttons_and_text_that_differ_are_refused_at_the_text(browser: Client) -> None:
    window = make_window(weekdays="monday")
    answer = browser.post(page(window), of(window, days=["2"], weekdays="friday"))
    assert (list(errors(answer)), TimeInterval.objects.get().weekdays) == (["weekdays"], "monday")
    assert '<details class="ah-fold-one" open>' in answer.content.decode()


def test_a_form_made_by_hand_needs_no_buttons(browser: Client) -> None:
    window = make_window(times="09:00-17:00", weekdays="monday")
    sent = {name: value for name, value in of(window).items() if not str(name).endswith("_shown")}
    browser.post(page(window), sent)
    row = TimeInterval.objects.get()
    assert (row.times, row.weekdays) == ("09:00-17:00", "monday")


def test_months_stay_text_and_open_the_fold(browser: Client) -> None:
    browser.post(ADD, form(months="january:march", days=["1"]))
    assert TimeInterval.objects.get().months == "january:march"
    assert "1 given</span>" in browser.get(page(TimeWindow.objects.get())).content.decode()


def test_a_time_zone_alone_is_no_interval(browser: Client) -> None:
    """A script gives a new one the reader's."""
    browser.post(ADD, form(location="Europe/Berlin"))
    assert (TimeWindow.objects.count(), TimeInterval.objects.count()) == (1, 0)


def test_the_time_zone_of_one_that_is_there_can_be_changed_alone(browser: Client) -> None:
    window = make_window(weekdays="monday")
    browser.post(page(window), of(window, days=["1"], location="Europe/Berlin"))
    assert TimeInterval.objects.get().location == "Europe/Berlin"


def test_a_new_interval_begins_with_the_readers_zone_and_keeps_what_was_typed(browser: Client) -> None:
    row = r'name="intervals-0-location" value="([^"]*)"([^>]*)>'
    opened = re.search(row, browser.get(ADD).content.decode())
    typed = re.search(row, browser.post(ADD, form(location="Asia/Tokyo", days=["9"])).content.decode())
    assert opened
    assert typed
    assert ("data-reader-zone" in opened[2], typed[1], "data-reader-zone" in typed[2]) == (True, "Asia/Tokyo", False)


def test_the_page_offers_time_zones(browser: Client) -> None:
    shown = browser.get(ADD).content.decode()
    assert ('<option value="Europe/Berlin">' in shown, 'list="zones"' in shown) == (True, True)


def test_the_week_is_drawn_of_what_is_written_and_nothing_saved(browser: Client) -> None:
    shown = browser.post(
        PREVIEW, form(days=["1"], hours_from="09:00", hours_to="17:00"), headers=FETCH
    ).content.decode()
    assert (shown.count("09:00–17:00"), shown.count("not at all"), TimeWindow.objects.count()) == (1, 6, 0)


def test_the_week_of_a_window_that_is_being_changed_is_drawn_as_changed(browser: Client) -> None:
    window = make_window(weekdays="monday:friday")
    shown = browser.post(f"{PREVIEW}?window={window.pk}", of(window, days=["6"]), headers=FETCH).content.decode()
    assert (shown.count("all day"), TimeInterval.objects.get().weekdays) == (1, "monday:friday")


def test_an_interval_that_is_to_be_deleted_is_not_drawn(browser: Client) -> None:
    window = make_window(weekdays="monday")
    sent = of(window, days=["1"]) | {"intervals-0-DELETE": "on"}
    assert "Choose days or hours" in browser.post(f"{PREVIEW}?window={window.pk}", sent, headers=FETCH).content.decode()


@pytest.mark.parametrize("odd", [form(times="late"), form(days=["1"], location="Nowhere"), {"x": "y"}])
def test_what_cannot_be_drawn_yet_says_so(browser: Client, odd: dict[str, Any]) -> None:
    answer = browser.post(PREVIEW, odd, headers=FETCH)
    assert (answer.status_code, "cannot be read yet" in answer.content.decode()) == (200, True)


@pytest.mark.parametrize("number", ["x", "-1", "99", "9" * 30])
def test_the_week_of_a_window_that_is_not_there_is_that_of_a_new_one(browser: Client, number: str) -> None:
    assert browser.post(f"{PREVIEW}?window={number}", form(days=["1"]), headers=FETCH).status_code == 200


def test_without_a_script_the_week_is_a_page(browser: Client) -> None:
    assert "<h2>This week</h2>" in browser.post(PREVIEW, form(days=["1"])).content.decode()


def test_who_may_only_look_sees_the_intervals_and_changes_nothing(client: Client) -> None:
    client.force_login(User.objects.create_user("eve", is_staff=True))
    User.objects.get().user_permissions.set(Permission.objects.filter(codename="view_timewindow"))
    shown = client.get(page(make_window(times="22:00-24:00"))).content.decode()
    assert ("22:00–24:00" in shown, "-hours_from" in shown) == (True, False)
    assert client.post(PREVIEW, form(days=["1"])).status_code == 403
