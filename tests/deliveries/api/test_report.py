"""/api/v1/report: the figures of the report's page."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.utils import timezone

from deliveries.figures.report import remembered
from routing.models import Source
from tests import factories
from tests.callers import caller, superuser
from tests.deliveries.figures.report.history import DAY, HOUR, fire, flap, told_to

pytestmark = pytest.mark.django_db

ADDRESS = "/api/v1/report/"


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def source() -> Source:
    return told_to(factories.make_target())


def read(**query: Any) -> Any:
    return superuser().get(ADDRESS, query).json()


def test_the_figures_are_told(source: Source, now: datetime) -> None:
    flap(source, now - 9 * HOUR, 14)
    found = read()
    assert (found["days"], found["told"], sum(found["hours"]), found["is_cut"]) == (7, 14, 14, False)
    assert [(row["alert"], row["told"], row["firings"]) for row in found["alerts"]] == [("DiskFull", 14, 14)]
    assert [row["rule"] for row in found["rules"]] == ["everything"]
    assert [(row["target"], row["pending"]) for row in found["targets"]] == [("ops", 28)]
    assert [(row["severity"], row["alerts"]) for row in found["severities"]] == [("critical", 1)]
    assert [(one["kind"], one["about"]) for one in found["mend_first"]] == [("alert", "DiskFull")]


@pytest.mark.parametrize(("days", "told"), [(7, 0), (30, 1), (90, 2)])
def test_it_is_asked_for_over_some_days(source: Source, now: datetime, days: int, told: int) -> None:
    fire(source, now - 20 * DAY, "A")
    fire(source, now - 80 * DAY, "B")
    assert read(days=days)["told"] == told


@pytest.mark.parametrize(
    ("query", "name"), [({"days": 8}, "days"), ({"days": "x"}, "days"), ({"dayz": 7}, "dayz"), ({"days": "\0"}, "days")]
)
def test_what_cannot_be_asked_for_is_refused(query: dict[str, Any], name: str) -> None:
    answer = superuser().get(ADDRESS, query)
    assert (answer.status_code, list(answer.json()["fields"])) == (400, [name])


def test_it_needs_the_permission_to_see_deliveries() -> None:
    assert caller().get(ADDRESS).status_code == 403


def test_silences_need_their_own_permission(now: datetime) -> None:
    factories.make_silence("a=b", now, hours=99, starts_at=now - 5 * DAY)
    assert len(read()["silences"]) == 1
    shown = caller("deliveries.view_delivery").get(ADDRESS).json()
    assert (shown["silences"], shown["mend_first"]) == ([], [])


def test_while_the_first_one_is_counted_it_is_to_be_asked_again() -> None:
    with remembered._counting:
        answer = superuser().get(ADDRESS)
    assert (answer.status_code, answer.json()["error"], "Retry-After" in answer.headers) == (503, "unavailable", True)


def test_it_is_only_read() -> None:
    assert superuser().post(ADDRESS, {}).status_code == 405
