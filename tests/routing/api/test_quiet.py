"""Silences and time windows through the REST API."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from routing.models import Rule, Silence, TimeWindow
from tests import factories
from tests.callers import superuser

pytestmark = pytest.mark.django_db
SILENCES, WINDOWS = "/api/v1/silences/", "/api/v1/windows/"
NIGHTS = {"times": "22:00-24:00", "location": "Europe/Berlin"}


@pytest.fixture
def api() -> APIClient:
    return superuser()


@pytest.fixture
def now() -> datetime:
    return timezone.now()


def silence(now: datetime, **fields: Any) -> dict[str, Any]:
    return {"matchers": 'alertname="DiskFull"', "ends_at": now + timedelta(hours=1), "comment": "New disks"} | fields


def test_a_silence_begins_now_and_names_its_author(api: APIClient, now: datetime) -> None:
    made = api.post(SILENCES, silence(now)).json()
    assert (made["state"], made["author"]) == ("active", Silence.objects.get().author)
    assert made["author"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"matchers": 'alertname=~".*"'}, "matchers"),
        ({"matchers": ""}, "matchers"),
        ({"matchers": "{"}, "matchers"),
        ({"comment": ""}, "comment"),
        ({"ends_at": "2020-01-01T00:00:00Z"}, "ends_at"),
    ],
)
def test_a_silence_that_makes_no_sense_is_refused(
    api: APIClient, now: datetime, fields: dict[str, str], field: str
) -> None:
    answer = api.post(SILENCES, silence(now, **fields))
    assert (answer.status_code, field in answer.json()["fields"]) == (400, True)


def test_deleting_a_silence_ends_it(api: APIClient, now: datetime) -> None:
    row = factories.make_silence("a=b", now)
    assert api.delete(f"{SILENCES}{row.pk}/").status_code == 204
    assert not Silence.objects.active(timezone.now()).exists()


def test_a_deleted_silence_stays_for_the_trail(api: APIClient, now: datetime) -> None:
    row = factories.make_silence("a=b", now)
    api.delete(f"{SILENCES}{row.pk}/")
    assert api.get(f"{SILENCES}{row.pk}/").json()["state"] == "over"


def test_a_silence_that_is_over_cannot_be_changed(api: APIClient, now: datetime) -> None:
    row = factories.make_silence("a=b", now, hours=-0.01)
    assert api.patch(f"{SILENCES}{row.pk}/", {"comment": "x"}).status_code == 400


@pytest.mark.parametrize(("state", "found"), [("active", 1), ("pending", 2), ("over", 3)])
def test_silences_are_listed_by_state(api: APIClient, now: datetime, state: str, found: int) -> None:
    hour = timedelta(hours=1)
    rows = [factories.make_silence("a=b", now, starts_at=now + n * hour, ends_at=now + (n + 1) * hour) for n in (0, 2)]
    rows.append(factories.make_silence("a=b", now, hours=-0.01))
    assert [row["id"] for row in api.get(SILENCES, {"state": state}).json()["results"]] == [rows[found - 1].pk]


def test_a_window_is_made_with_its_intervals(api: APIClient) -> None:
    made = api.post(WINDOWS, {"name": "nights", "intervals": [NIGHTS, {"weekdays": "sunday"}]}).json()
    assert [each["times"] for each in made["intervals"]] == ["22:00-24:00", ""]


def test_intervals_are_replaced_as_a_whole(api: APIClient) -> None:
    window = factories.make_window(**NIGHTS)
    api.patch(f"{WINDOWS}{window.pk}/", {"intervals": [{"weekdays": "sunday"}]})
    assert [each.weekdays for each in window.intervals.all()] == ["sunday"]


def test_intervals_left_out_stay(api: APIClient) -> None:
    window = factories.make_window(**NIGHTS)
    api.patch(f"{WINDOWS}{window.pk}/", {"note": "quiet"})
    assert window.intervals.count() == 1


def test_an_interval_that_cannot_be_read_says_what_to_write(api: APIClient) -> None:
    answer = api.post(WINDOWS, {"name": "nights", "intervals": [{"times": "22:00-06:00"}]})
    assert answer.status_code == 400
    assert "22:00-24:00, 00:00-06:00" in str(answer.json())


def test_a_window_in_use_cannot_be_deleted(api: APIClient) -> None:
    window = factories.make_window(**NIGHTS)
    factories.make_rule(targets=[factories.make_target()]).muted_windows.add(window)
    answer = api.delete(f"{WINDOWS}{window.pk}/")
    assert (answer.status_code, TimeWindow.objects.count()) == (409, 1)
    assert 'is used by rule "all"' in answer.json()["detail"]


def test_a_rule_names_its_windows(api: APIClient) -> None:
    window = factories.make_window(**NIGHTS)
    rule = factories.make_rule(targets=[factories.make_target()])
    answer = api.patch(f"/api/v1/rules/{rule.pk}/", {"muted_windows": [window.pk]}).json()
    assert (answer["muted_windows"], answer["active_windows"]) == ([window.pk], [])


def test_the_fallback_takes_no_windows(api: APIClient) -> None:
    factories.tell_fallback(factories.make_target())
    window = factories.make_window(**NIGHTS)
    answer = api.patch(f"/api/v1/rules/{Rule.objects.fallback().pk}/", {"active_windows": [window.pk]})
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["active_windows"])
