"""The card of health on the first page: one sentence, a line for each target that takes nothing, what asks for a person."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from deliveries.models import RejectedRequest, Trouble
from routing.models import Source, Target
from tests import factories
from tests.callers import person
from tests.deliveries.admin.card import HOUR, break_, owe, page, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def target() -> Target:
    return factories.make_target()


@pytest.fixture
def source(target: Target) -> Source:
    factories.tell_fallback(target)
    return factories.make_source()


def test_all_is_well(browser: Client, source: Source, now: datetime) -> None:
    owe(source, now, state="delivered", ended_at=now)
    assert page(browser)["verdict"] == ("green", "Everything works.")


def test_it_is_one_card(browser: Client, source: Source, target: Target, now: datetime) -> None:
    break_(target, now)
    Trouble.objects.create(kind="worker", subject="w1", since=now)
    assert text(browser).count("ah-headline") == 1


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (["a"], "1 target takes no messages. What it is owed is kept."),
        (["a", "b"], "2 targets take no messages. What they are owed is kept."),
    ],
)
def test_targets_that_take_nothing_are_counted(browser: Client, now: datetime, names: list[str], sentence: str) -> None:
    for name in names:
        break_(factories.make_target(name), now)
    assert page(browser)["verdict"] == ("red", sentence)


def test_a_trouble_of_its_own_is_a_line_of_the_card(browser: Client, now: datetime) -> None:
    row = Trouble.objects.create(kind="worker", subject="w1", since=now)
    Trouble.objects.create(kind="worker", subject="w2", since=now, ended_at=now)
    shown = browser.get("/admin/")
    assert shown.context["verdict"] == (
        "red",
        "Something is wrong with AlertHub itself. What was accepted is kept.",
    )
    assert [trouble for trouble, _ in shown.context["troubles"]] == [row]
    assert f"/admin/deliveries/trouble/{row.pk}/change/" in shown.content.decode()


def test_a_target_in_trouble_is_told_once(browser: Client, target: Target, now: datetime) -> None:
    break_(target, now)
    Trouble.objects.create(kind="target", subject=target.name, since=now)
    late = Trouble.objects.create(kind="late", subject=target.name, since=now)
    assert [trouble for trouble, _ in page(browser)["troubles"]] == [late]


def test_a_few_of_many_troubles_are_named(browser: Client, now: datetime) -> None:
    for number in range(7):
        Trouble.objects.create(kind="worker", subject=f"w{number}", since=now)
    shown = page(browser)
    assert (len(shown["troubles"]), shown["more_troubles"]) == (5, 2)


def test_troubles_are_not_shown_to_those_who_may_not_see_them(client: Client, now: datetime) -> None:
    client.force_login(person("bob", "deliveries.view_delivery", is_staff=True))
    Trouble.objects.create(kind="worker", subject="w1", since=now)
    assert (page(client)["troubles"], page(client)["verdict"][0]) == ([], "blue")


def test_who_may_see_no_deliveries_sees_no_card(client: Client, now: datetime) -> None:
    client.force_login(User.objects.create_user("bob", is_staff=True))
    Trouble.objects.create(kind="worker", subject="w1", since=now)
    assert "ah-headline" not in text(client)


def test_late_messages_are_said_and_the_oldest_is_named(browser: Client, source: Source, now: datetime) -> None:
    oldest = owe(source, now - HOUR)
    owe(source, now)
    shown = page(browser)
    [(link, words)] = shown["asks"]
    assert (shown["verdict"][0], words.startswith(f"{oldest} pending since")) == ("orange", True)
    assert link == f"/admin/deliveries/delivery/{oldest.pk}/change/"


def test_what_is_on_time_is_not_named(browser: Client, source: Source, now: datetime) -> None:
    owe(source, now)
    assert page(browser)["asks"] == []


def test_what_is_undelivered_is_counted(browser: Client, source: Source, now: datetime) -> None:
    owe(source, now, state="rejected", ended_at=now)
    owe(source, now, state="rejected", ended_at=now, settled=True)
    assert page(browser)["asks"] == [("/admin/deliveries/deadletter/", "1 undelivered")]


def test_refused_requests_are_counted(browser: Client, source: Source, now: datetime) -> None:
    for times in (3, 4):
        RejectedRequest.objects.create(
            first_at=now, last_at=now, status_code=401, reason=f"x{times}", message="x", times=times
        )
    assert page(browser)["asks"] == [("/admin/deliveries/rejectedrequest/", "7 requests refused in 24 h")]


def test_many_rows_need_no_more_statements(browser: Client, source: Source, target: Target, now: datetime) -> None:
    def statements() -> int:
        browser.get("/admin/")  # the rules are read again
        with CaptureQueriesContext(connection) as queries:
            browser.get("/admin/")
        return len(queries)

    owe(source, now, state="delivered", ended_at=now)
    factories.make_silence("a=b", now)
    few = statements()
    break_(target, now)
    for hours in range(5):
        owe(source, now - hours * HOUR, state="held")
        break_(factories.make_target(f"t{hours}"), now)
        Trouble.objects.create(kind="worker", subject=f"w{hours}", since=now)
        factories.make_silence("a=b", now)
    assert few == statements() <= 15
