"""Deliveries as CSV and JSON: all that the filters leave, streamed, and nothing a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from deliveries import export
from deliveries.models import Attempt, Delivery
from routing.models import Source, Target
from tests import factories
from tests.callers import person, superuser

LIST = "/admin/deliveries/delivery/"
db = pytest.mark.django_db


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def target() -> Target:
    target = factories.make_target()
    factories.tell_fallback(target)
    return target


@pytest.fixture
def three(target: Target, now: datetime) -> list[Delivery]:
    source: Source = factories.make_source()
    return [factories.owed(source, now, factories.alert(f"A{n}"), group=f"{n}")[0] for n in range(3)]


def body(answer: Any) -> str:
    return b"".join(answer.streaming_content).decode()


def rows(answer: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body(answer).removeprefix("\ufeff"))))


@db
def test_the_csv_has_a_line_for_each_the_newest_first(browser: Client, three: list[Delivery]) -> None:
    told = rows(browser.get(f"{LIST}export.csv"))
    assert [row["title"] for row in told] == ["A2", "A1", "A0"]


@db
def test_only_what_the_filters_leave_is_exported(browser: Client, three: list[Delivery]) -> None:
    Delivery.objects.filter(pk=three[1].pk).update(state="held")
    told = rows(browser.get(f"{LIST}export.csv", {"state__exact": "held"}))
    assert [row["title"] for row in told] == ["A1"]


@db
def test_the_json_has_the_attempts(browser: Client, three: list[Delivery], now: datetime) -> None:
    Attempt.objects.create(delivery=three[0], number=1, started_at=now, outcome="delivered")
    told = json.loads(body(browser.get(f"{LIST}export.json")))
    assert [len(row["tries"]) for row in told] == [0, 0, 1]


@db
@pytest.mark.parametrize("kind", ["csv", "json"])
def test_nothing_is_still_a_whole_file(browser: Client, kind: str) -> None:
    told = body(browser.get(f"{LIST}export.{kind}"))
    assert json.loads(told) == [] if kind == "json" else told.count("\n") == 1


@db
def test_a_long_export_needs_statements_for_each_few_hundred_only(
    three: list[Delivery], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "AT_ONCE", 2)
    with CaptureQueriesContext(connection) as queries:
        told = "".join(export.as_csv(Delivery.objects.all()))
    assert (told.count("A"), len(queries)) == (3, 2 * 2 + 1)


@db
@pytest.mark.parametrize("kind", ["csv", "json"])
def test_no_secret_is_in_it(browser: Client, three: list[Delivery], target: Target, now: datetime, kind: str) -> None:
    Attempt.objects.create(delivery=three[0], number=1, started_at=now, sent_to=target.masked_url)
    assert "s3cr3t" not in body(browser.get(f"{LIST}export.{kind}"))


@db
def test_filters_that_cannot_be_read_lead_back(browser: Client) -> None:
    assert browser.get(f"{LIST}export.csv", {"nonsense__exact": "1"})["Location"] == LIST


@db
def test_who_may_not_see_deliveries_exports_none(client: Client) -> None:
    client.force_login(person("bob", is_staff=True))
    assert client.get(f"{LIST}export.csv").status_code == 403


@db
@pytest.mark.parametrize("kind", ["csv", "json"])
def test_the_api_exports_with_its_own_filters(three: list[Delivery], kind: str) -> None:
    Delivery.objects.filter(pk=three[1].pk).update(state="held")
    told = body(superuser().get(f"/api/v1/deliveries/export.{kind}", {"state": "held"}))
    assert ("A1" in told, "A0" in told) == (True, False)


TEXTS = st.text(st.characters(codec="utf-8"), max_size=40)


@given(TEXTS)
def test_no_cell_can_be_run(text: str) -> None:
    assert not str(export.harmless(text)).lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


@given(TEXTS)
def test_any_text_comes_back(text: str) -> None:
    line = csv.writer(echo := io.StringIO()).writerow([export.harmless(text)])
    [[cell]] = csv.reader(io.StringIO(echo.getvalue(), newline="")) or [[""]]
    assert line
    assert cell.removeprefix("'") == text.removeprefix("'") if text else cell == ""


@pytest.mark.parametrize("value", [-1, 0, None, 1.5])
def test_numbers_stay_numbers(value: Any) -> None:
    assert export.harmless(value) == value
