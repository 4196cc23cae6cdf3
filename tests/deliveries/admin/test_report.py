"""The report's page: its figures lead to their rows, each part is there as CSV, and what is hostile stays text."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from deliveries.figures.report import remembered, tables
from deliveries.models import Acknowledgement, Alert, Delivery, Occurrence
from routing.models import Source, Target
from tests import factories
from tests.callers import person
from tests.deliveries.figures.report.history import DAY, HOUR, fire, flap, told_to

pytestmark = pytest.mark.django_db

PAGE, FILE = "/admin/report/", "/admin/report/report.csv"


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def target() -> Target:
    return factories.make_target()


@pytest.fixture
def source(target: Target) -> Source:
    return told_to(target)


@pytest.fixture
def midnight(now: datetime) -> datetime:
    return now.replace(hour=0, minute=30) - DAY


def page(browser: Client, **asked: Any) -> Any:
    return browser.get(PAGE, asked).context


def count(browser: Client, address: str) -> int:
    return int(browser.get(address).context["cl"].queryset.count())


def test_an_empty_installation_says_what_the_page_is_for(browser: Client) -> None:
    assert "Nothing to report yet" in browser.get(PAGE).content.decode()


def test_nothing_may_stand_out(browser: Client, source: Source, now: datetime) -> None:
    fire(source, now.replace(hour=12) - DAY)
    assert "Nothing stands out" in browser.get(PAGE).content.decode()


def test_what_is_to_be_mended_leads_to_its_messages(browser: Client, source: Source, now: datetime) -> None:
    flap(source, now - 10 * HOUR, 14)
    [(one, address)] = page(browser)["advice"]
    assert (one.subject, count(browser, address)) == ("DiskFull", 14)


def test_the_subject_of_a_sentence_leads_to_its_page(
    browser: Client, source: Source, target: Target, now: datetime
) -> None:
    fire(source, now - HOUR)
    Delivery.objects.update(state="rejected", ended_at=now)
    [(_, address)] = page(browser)["advice"]
    assert address == f"/admin/routing/target/{target.pk}/change/"


def test_a_severity_leads_to_its_alerts(browser: Client, source: Source, now: datetime) -> None:
    for each in range(6):
        fire(source, now.replace(hour=12) - DAY, instance=str(each))
    seen = Alert.objects.first()
    assert seen is not None
    Acknowledgement.objects.create(alert=seen, by="ann", at=now)
    [(one, address)] = page(browser)["advice"]
    assert (one.subject, count(browser, address)) == ("Critical", 6)


@pytest.mark.parametrize("asked", [{"alert": ""}, {"alert": "\0"}, {"hours": "noon"}])
def test_what_no_filter_knows_filters_nothing(
    browser: Client, source: Source, now: datetime, asked: dict[str, str]
) -> None:
    fire(source, now)
    assert browser.get("/admin/deliveries/delivery/", asked).context["cl"].queryset.count() == 1


def test_the_figures_of_a_name_lead_to_its_rows(browser: Client, source: Source, midnight: datetime) -> None:
    fire(source, midnight, "Disk \"%&'<b>")
    fire(source, midnight + 12 * HOUR, "Disk \"%&'<b>", instance="b")
    fire(source, midnight, "Other")
    row = next(row for row in page(browser)["names"] if row["name"].startswith("Disk"))
    assert (row["told"], count(browser, row["list"])) == ("2", 2)
    assert (row["at_night"], row["share"], count(browser, row["nights"])) == ("1", "50%", 1)


def test_the_name_leads_to_its_alerts(browser: Client, source: Source, now: datetime) -> None:
    fire(source, now - HOUR)
    fire(source, now - HOUR, "Other")
    assert count(browser, page(browser)["names"][0]["page"]) == 1


@pytest.mark.parametrize("name", ["x" * 290, 'a"b', "a\\b"])
def test_a_name_that_no_search_takes_leads_to_no_search(
    browser: Client, source: Source, now: datetime, name: str
) -> None:
    fire(source, now - HOUR, name)
    [row] = page(browser)["names"]
    assert (row["page"], count(browser, row["list"])) == ("", 1)


def test_an_alert_without_a_name_leads_nowhere(browser: Client, source: Source, now: datetime) -> None:
    fire(source, now - HOUR, "")
    [row] = page(browser)["names"]
    assert (row["name"], row["page"], row["list"], row["nights"]) == ("(no alert name)", "", "", "")


def test_the_figures_above_lead_to_their_rows(browser: Client, source: Source, midnight: datetime) -> None:
    fire(source, midnight)
    fire(source, midnight + 12 * HOUR, "Other")
    Delivery.objects.filter(title="Other").update(state="expired", ended_at=midnight)
    found = {
        label: (figure, count(browser, address)) for label, figure, address, _ in page(browser)["tiles"] if address
    }
    assert found == {"firing messages told": ("2", 2), "of them at night": ("1", 1), "undelivered": ("1", 1)}


def test_a_rule_leads_to_its_page_and_to_what_it_told(browser: Client, source: Source, now: datetime) -> None:
    flap(source, now - HOUR * 3, 2)
    [row] = page(browser)["rules"]
    assert (row["told"], count(browser, row["list"]), browser.get(row["page"]).status_code) == ("2", 2, 200)


def test_a_target_leads_to_what_became_of_its_messages(browser: Client, source: Source, now: datetime) -> None:
    for place, state in enumerate(("delivered", "rejected", "rejected", "waiting")):
        [owed] = fire(source, now - HOUR, f"A{place}").deliveries
        Delivery.objects.filter(pk=owed.pk).update(state=state, ended_at=None if state == "waiting" else now)
    [row] = page(browser)["targets"]
    assert [(figure, count(browser, address)) for _, figure, address, _ in row["figures"]] == [
        ("1", 1),
        ("2", 2),
        ("1", 1),
    ]


def test_what_is_nothing_leads_nowhere(browser: Client, source: Source, now: datetime) -> None:
    fire(source, now - HOUR)
    [row] = page(browser)["targets"]
    assert [bool(address) for _, _, address, _ in row["figures"]] == [False, False, True]


def test_what_was_deleted_is_named_and_leads_nowhere(browser: Client, source: Source, now: datetime) -> None:
    fire(source, now - HOUR)
    Delivery.objects.update(target=None, rule=None)
    found = page(browser)
    assert [(row["page"], row["line"].name) for row in (*found["targets"], *found["rules"])] == [("", "(deleted)")] * 2


def test_what_flaps_is_listed(browser: Client, source: Source, now: datetime) -> None:
    flap(source, now - 10 * HOUR, 6)
    [row] = page(browser)["flapping"]
    assert (row["name"], row["firings"], row["alerts"]) == ("DiskFull", "6", "1")
    assert row["lasted"].endswith("min")


def test_long_silences_are_listed(browser: Client, source: Source, now: datetime) -> None:
    quiet = factories.make_silence("a=b", now, hours=99, starts_at=now - 2 * DAY)
    fire(source, now - HOUR)
    Occurrence.objects.update(silence=quiet)
    [row] = page(browser)["silences"]
    assert (row["hours"], row["line"].kept_back, browser.get(row["page"]).status_code) == ("48", 1, 200)


@pytest.mark.parametrize("days", ["", "8", "x", "9" * 30, "\0"])
def test_what_is_no_choice_is_taken_for_a_week(browser: Client, days: str) -> None:
    assert page(browser, days=days)["days"] == 7


def test_more_days_show_more(browser: Client, source: Source, now: datetime) -> None:
    fire(source, now - 20 * DAY)
    assert [page(browser, days=days)["report"].told for days in (7, 30)] == [0, 1]


def test_a_hostile_name_stays_text(browser: Client, source: Source, now: datetime) -> None:
    for _ in range(2):
        flap(source, now - 20 * HOUR, 20, "<script>alert(1)</script>\u202e")
    shown = browser.get(PAGE).content.decode()
    assert "<script>alert" not in shown
    assert "<bdi>&lt;script&gt;alert(1)&lt;/script&gt;" in shown


def test_while_the_first_report_is_counted_the_page_comes_again(browser: Client) -> None:
    with remembered._counting:
        answer, file = browser.get(PAGE), browser.get(FILE, {"part": "alerts"})
    assert (answer.status_code, answer["Refresh"]) == (200, "5")
    assert "is being counted" in answer.content.decode()
    assert (file.status_code, file["Retry-After"]) == (503, "5")


def test_the_page_asks_a_few_things_only(browser: Client, source: Source, now: datetime) -> None:
    fire(source, now - HOUR)
    browser.get(PAGE)
    remembered.forget()
    with CaptureQueriesContext(connection) as queries:
        browser.get(PAGE)
    assert len(queries) <= 15


@pytest.mark.parametrize("part", tables.COLUMNS)
def test_each_part_is_there_as_csv(browser: Client, source: Source, now: datetime, part: str) -> None:
    factories.make_silence("a=b", now, hours=99, starts_at=now - 2 * DAY)
    fire(source, now - HOUR)
    answer = browser.get(f"{FILE}?part={part}&days=30")
    heading, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert (tuple(heading), len(rows), len(rows[0])) == (tables.COLUMNS[part], 1, len(heading))
    assert answer["Content-Disposition"] == f'attachment; filename="report-{part}-30-days.csv"'


def test_no_spreadsheet_runs_a_name(browser: Client, source: Source, now: datetime) -> None:
    fire(source, now - HOUR, "=cmd()")
    assert "'=cmd()" in browser.get(FILE, {"part": "alerts"}).content.decode()


def test_there_is_no_other_part(browser: Client) -> None:
    assert browser.get(FILE, {"part": "users"}).status_code == 404


def test_who_may_not_see_deliveries_sees_no_report(client: Client) -> None:
    client.force_login(person("bob", "routing.view_rule", is_staff=True))
    assert [client.get(address, {"part": "alerts"}).status_code for address in (PAGE, FILE)] == [403, 403]


def test_who_may_not_see_silences_sees_none(client: Client, now: datetime) -> None:
    factories.make_silence("a=b", now, hours=99, starts_at=now - 5 * DAY, comment="Secret works")
    client.force_login(person("bob", "deliveries.view_delivery", is_staff=True))
    assert "Secret works" not in client.get(PAGE).content.decode()
    assert client.get(FILE, {"part": "silences"}).status_code == 403
