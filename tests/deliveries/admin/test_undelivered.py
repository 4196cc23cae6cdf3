"""Undelivered, by target and cause: what each group says, for whom it can be sent again or given up, and what that means."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.html import strip_tags

from deliveries import outbox, reasons
from deliveries.admin import causes
from deliveries.admin.groups import Group
from deliveries.models import Attempt, Delivery, Intervention, Lane
from routing.models import Source, Target
from tests.callers import person
from tests.factories import accept, alert, make_rule, make_target, payload

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nudged")]

LIST = "/admin/deliveries/deadletter/"


@pytest.fixture
def db_room() -> Target:
    target = make_target("db")
    make_rule("db", [target], matchers="team=db")
    return target


@pytest.fixture
def web_room() -> Target:
    target = make_target("web")
    make_rule("web", [target], matchers="team=web", position=20)
    return target


def owe(source: Source, at: datetime, name: str, team: str, **fields: Any) -> Delivery:
    """One delivery of that alert in a group of its own, with these fields."""
    told = accept(source, payload(alert(name, team=team), group=f"g{Delivery.objects.count()}"), at)
    [delivery] = told.deliveries
    Delivery.objects.filter(pk=delivery.pk).update(**{"ended_at": at} | fields)
    return delivery


@pytest.fixture
def four(source: Source, db_room: Target, web_room: Target, now: datetime) -> list[Delivery]:
    """Three to the room "db", of which two waited too long and one was refused; one to the room "web" is held."""
    Lane.objects.create(
        target=web_room, broken_at=now, broken_reason="bad_room", last_error="Rocket.Chat answered: room is archived"
    )
    hour = timedelta(hours=1)
    return [
        owe(source, now - 3 * hour, "DiskFull", "db", state="expired", reason="too_late"),
        owe(source, now - 2 * hour, "HostDown", "db", state="expired", reason="too_late"),
        owe(source, now - hour, "DiskFull", "db", state="rejected", reason="bad_message"),
        owe(source, now, "Slow", "web", state="held", reason="target_broken", ended_at=None),
    ]


def shown(browser: Client, **asked: Any) -> list[Group]:
    return browser.get(LIST, asked).context["cl"].groups


def text(browser: Client, **asked: Any) -> str:
    page = browser.get(LIST, asked).content.decode()
    return re.sub(r"\s+", " ", strip_tags(page[page.index('id="content"') :]))


def follow(browser: Client, link: str) -> list[int]:
    """The deliveries that the page behind a group's button asks about."""
    return [int(number) for number in browser.get(link).context["ids"].split(",")]


def told(group: Group) -> tuple[str, str, str, str]:
    return group.count, group.cause.target_name, group.cause.state, group.cause.label


def test_they_are_gathered_by_target_and_cause_the_most_first(browser: Client, four: list[Delivery]) -> None:
    found = [told(group) for group in shown(browser)]
    assert found[0] == ("2", "db", "expired", reasons.label("too_late"))
    assert set(found[1:]) == {
        ("1", "db", "rejected", reasons.label("bad_message")),
        ("1", "web", "held", reasons.label("bad_room")),
    }


def test_a_group_says_since_when_and_which_alerts(browser: Client, four: list[Delivery], now: datetime) -> None:
    first = shown(browser)[0].cause
    assert (first.since, first.names) == (now - timedelta(hours=3), "DiskFull, HostDown")


def test_of_many_names_the_most_frequent_are_told_each_once(
    browser: Client, source: Source, db_room: Target, now: datetime
) -> None:
    for title in ("A5 (3)", *(f"A{number}" for number in range(6))):
        owe(source, now, "X", "db", state="expired", reason="too_late", title=title)
    names = shown(browser)[0].cause.names
    assert (names.startswith("A5 ×2, "), names.endswith(" and others")) == (True, True)


def test_what_waits_for_its_target_says_what_that_answered_last(browser: Client, four: list[Delivery]) -> None:
    [held] = [group for group in shown(browser) if group.cause.state == "held"]
    assert held.cause.said == "Rocket.Chat answered: room is archived"


def test_what_was_refused_says_what_its_last_attempt_was_answered(
    browser: Client, four: list[Delivery], now: datetime
) -> None:
    Delivery.objects.filter(pk=four[2].pk).update(attempt_count=2)
    for number in (1, 2):
        Attempt.objects.create(
            delivery=four[2],
            number=number,
            worker="w",
            started_at=now,
            sent_to="x",
            outcome="refused",
            error=f"No {number}",
        )
    [refused] = [group for group in shown(browser) if group.cause.state == "rejected"]
    assert refused.cause.said == "No 2"


def test_the_rows_stand_inside_of_their_group(browser: Client, four: list[Delivery]) -> None:
    inside = {group.cause.label: [row.pk for row, *_ in group.rows] for group in shown(browser)}
    assert inside[reasons.label("too_late")] == [four[1].pk, four[0].pk]
    assert inside[reasons.label("bad_room")] == [four[3].pk]


def test_a_group_is_folded(browser: Client, four: list[Delivery]) -> None:
    page = browser.get(LIST).content.decode()
    assert (page.count("<details>"), "<details open" in page) == (3, False)


def test_of_a_large_group_the_newest_are_shown_and_the_way_to_the_rest(
    browser: Client, four: list[Delivery], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(causes, "ROWS", 1)
    group = shown(browser)[0]
    assert ([row.pk for row, *_ in group.rows], group.more) == ([four[1].pk], "1")
    listed = browser.get(f"{LIST}{group.every}").context["cl"]
    assert (listed.shows_groups, {row.pk for row in listed.result_list}) == (False, {four[0].pk, four[1].pk})


@pytest.mark.parametrize("deed", ["send_again", "give_up"])
def test_a_deed_means_the_whole_group_and_nothing_else(browser: Client, four: list[Delivery], deed: str) -> None:
    answer = browser.get(getattr(shown(browser)[0], deed))
    assert (answer.context["deed"], answer.context["ids"]) == (deed, f"{four[0].pk},{four[1].pk}")
    assert not Intervention.objects.exists()


def test_a_deed_leaves_out_what_the_filters_leave_out(browser: Client, source: Source, four: list[Delivery]) -> None:
    Delivery.objects.filter(pk=four[0].pk).update(severity="info")
    [group] = shown(browser, severity="info")
    assert (group.count, follow(browser, group.give_up)) == ("1", [four[0].pk])


def test_a_group_of_more_than_can_be_settled_at_once_begins_with_the_oldest(
    browser: Client, four: list[Delivery], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "AT_MOST", 1)
    answer = browser.get(shown(browser)[0].give_up)
    assert answer.context["ids"] == str(four[0].pk)
    assert "these are the oldest 1" in answer.content.decode()


@pytest.mark.parametrize(
    "change", ["deed=", "of_state=waiting", "of_target=x", "of_target=99", "of_reason=", "severity=%00"]
)
def test_a_link_that_means_nothing_leads_back(browser: Client, four: list[Delivery], change: str) -> None:
    link = f"{shown(browser)[0].give_up}&{change}"
    assert browser.get(link)["Location"] == LIST


def test_what_was_settled_meanwhile_is_said_to_be_gone(browser: Client, four: list[Delivery]) -> None:
    link = shown(browser)[0].give_up
    Delivery.objects.update(settled=True)
    answer = browser.get(link, follow=True)
    assert "Nothing of this group is undelivered any more." in answer.content.decode()


def test_where_the_target_is_to_mend_it_comes_first(browser: Client, four: list[Delivery]) -> None:
    assert {group.cause.state: group.is_mended_there for group in shown(browser)} == {
        "expired": False,
        "rejected": False,
        "held": True,
    }


def test_nothing_is_sent_again_to_a_target_that_is_gone(browser: Client, four: list[Delivery], db_room: Target) -> None:
    db_room.delete()
    group = shown(browser)[0]
    assert (group.cause.target_name, group.send_again, follow(browser, group.give_up)) == (
        "db", "", [four[0].pk, four[1].pk],
    )  # fmt: skip
    assert "2 to db (deleted)" in text(browser)


def test_who_may_only_look_is_offered_no_deed(client: Client, four: list[Delivery]) -> None:
    client.force_login(person("bob", "deliveries.view_delivery", is_staff=True))
    group = shown(client)[0]
    assert (group.send_again, group.give_up, group.target) == ("", "", "")


def test_who_may_only_look_is_refused_a_deed(client: Client, browser: Client, four: list[Delivery]) -> None:
    link = shown(browser)[0].give_up
    client.force_login(person("bob", "deliveries.view_delivery", is_staff=True))
    assert client.get(link).status_code == 403


def test_one_by_one_and_back_keep_the_filters(browser: Client, four: list[Delivery]) -> None:
    there = browser.get(LIST, {"state": "held"}).context["one_by_one"]
    assert parse_qs(urlsplit(there).query) == {"state": ["held"], "as": ["list"]}
    back = browser.get(f"{LIST}{there}").context["by_cause"]
    assert parse_qs(urlsplit(back).query) == {"state": ["held"]}


def test_where_nothing_is_undelivered_it_says_so(browser: Client) -> None:
    assert "Nothing is undelivered: no message ended badly, and none is held." in text(browser)


def test_where_the_filters_leave_nothing_it_says_so(browser: Client, four: list[Delivery]) -> None:
    assert "Nothing that is undelivered fits these filters." in text(browser, severity="info")


def test_of_very_many_groups_the_largest_are_shown(
    browser: Client, four: list[Delivery], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(causes, "MOST", 1)
    assert [group.count for group in shown(browser)] == ["2"]
    assert "And 2 smaller groups: filter by target or reason to see them." in text(browser)


def test_hostile_words_are_shown_as_they_are(browser: Client, four: list[Delivery]) -> None:
    Delivery.objects.update(title="<b>&\u202e" + "x" * 250, target_name="<i>")
    Lane.objects.update(last_error="<script>")
    page = browser.get(LIST).content.decode()
    assert ("<b>&" in page, "<i>" in page, "&lt;script&gt;" in page) == (False, False, True)


def test_many_groups_need_no_more_statements(
    browser: Client, source: Source, four: list[Delivery], now: datetime
) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            browser.get(LIST)
        return len(queries)

    few = statements()
    for number in range(6):
        make_rule(f"r{number}", [make_target(f"t{number}")], matchers=f"team=t{number}", position=30 + number)
        owe(source, now, f"A{number}", f"t{number}", state="expired", reason="too_late")
    assert statements() == few <= 15
