"""The rule tester: what it says is what would happen, and nothing happens."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from alerthub.sandbox import Sandbox
from deliveries.models import Attempt, Delivery, Notification
from deliveries.send import stories
from routing.models import Rule, Source, Target
from tests import factories
from tests.callers import caller, person, superuser

pytestmark = pytest.mark.django_db

PAGE, API = "/admin/tester/", "/api/v1/tryout/"
LABELS = 'alertname="DiskFull"\nseverity="critical"\nteam="db"'


@pytest.fixture
def rule(target: Target) -> Rule:
    return factories.make_rule("db", targets=[target], matchers='team="db"\nenv!="dev"')


def text(answer: Any) -> str:
    return answer.content.decode()


def tried(**asked: Any) -> dict[str, Any]:
    answer = superuser().post(API, asked)
    assert answer.status_code == 200, answer.content
    return answer.json()


@pytest.mark.usefixtures("rule")
def test_it_tells_who_would_be_told() -> None:
    [alert] = tried(labels={"alertname": "DiskFull", "team": "db"})["alerts"]
    assert (alert["told_to"], alert["not_told"]) == (["ops"], [])


@pytest.mark.usefixtures("rule")
def test_each_condition_says_what_it_saw() -> None:
    [alert] = tried(labels={"team": "web"})["alerts"]
    assert alert["rules"][0]["conditions"] == [
        {"text": 'team="db"', "fits": False, "seen": '"web"'},
        {"text": 'env!="dev"', "fits": True, "seen": "no env"},
    ]


def test_every_verdict_has_its_word(target: Target) -> None:
    factories.make_rule("first", targets=[target], position=1, continues=True)
    factories.make_rule("other", targets=[target], position=2, matchers="team=web")
    factories.make_rule("second", targets=[target], position=3)
    factories.make_rule("third", targets=[target], position=4)
    [alert] = tried(labels={"team": "db"})["alerts"]
    assert [each["verdict"] for each in alert["rules"]] == ["goes on", "passed", "took", "not reached", "not needed"]


def test_a_muted_rule_says_by_which_window(rule: Rule, now: datetime) -> None:
    rule.muted_windows.add(factories.make_window(years=f"{now.year}"))
    [alert] = tried(labels={"team": "db"})["alerts"]
    assert (alert["rules"][0]["verdict"], alert["told_to"]) == ("muted", [])
    assert alert["rules"][0]["why"] == 'muted by window "nights"'


def test_another_moment_has_other_windows(rule: Rule, now: datetime) -> None:
    rule.muted_windows.add(factories.make_window(years=f"{now.year}"))
    [alert] = tried(labels={"team": "db"}, at=f"{now.year + 1}-01-02T03:00:00Z")["alerts"]
    assert alert["told_to"] == ["ops"]


@pytest.mark.usefixtures("rule")
def test_a_silence_is_named(now: datetime) -> None:
    silence = factories.make_silence("team=db", now)
    [alert] = tried(labels={"team": "db"})["alerts"]
    assert (alert["silence"], alert["told_to"]) == (silence.pk, [])


@pytest.mark.usefixtures("rule")
def test_the_message_is_the_one_that_is_sent(target: Target, now: datetime) -> None:
    body = factories.payload(factories.alert(team="db"), factories.alert("HostDown", team="db"))
    [owed] = factories.accept(factories.make_source(), body, now).deliveries
    [message] = tried(notification=owed.notification_id, at=now.isoformat())["messages"]
    sent = json.dumps(stories.body_of(owed, target, now))
    assert message["message"] == json.loads(sent.replace(f"D-{owed.pk}", "D-0").replace(f"/{owed.pk}/", "/0/"))


@pytest.mark.usefixtures("rule")
def test_a_stored_notification_is_tried_with_the_rules_of_now(now: datetime) -> None:
    stored = factories.accept(factories.make_source(), factories.payload(factories.alert(team="db")), now).notification
    Rule.objects.filter(name="db").update(matchers="team=web")
    [alert] = tried(notification=stored.pk)["alerts"]
    assert alert["rules"][0]["verdict"] == "passed"


@pytest.mark.usefixtures("rule")
def test_nothing_is_stored(browser: Client) -> None:
    browser.post(PAGE, {"labels": LABELS})
    assert [rows.objects.count() for rows in (Delivery, Notification, Attempt)] == [0, 0, 0]


def test_nothing_is_sent(browser: Client, sandbox: Sandbox) -> None:
    room = sandbox.hook("#quiet")
    factories.make_rule(targets=[factories.make_target("quiet", room.url)])
    browser.post(PAGE, {"labels": LABELS})
    assert sandbox.messages("#quiet") == []


@pytest.mark.usefixtures("rule")
def test_the_page_shows_the_walk_and_the_message(browser: Client) -> None:
    shown = text(browser.get(PAGE, {"labels": LABELS}))
    assert ("fits" in shown, "no env" in shown, "To ops, by rule" in shown) == (True, True, True)


@pytest.mark.usefixtures("rule")
def test_alerts_that_go_the_same_way_are_shown_once(browser: Client) -> None:
    body = factories.payload(*(factories.alert(team="db", instance=f"db-{n}") for n in range(30)))
    shown = text(browser.post(PAGE, {"body": json.dumps(body)}))
    assert ("30 alerts go the same way" in shown, shown.count("ah-walk-took")) == (True, 1)


def test_rules_that_are_switched_off_are_named(browser: Client, target: Target) -> None:
    factories.make_rule("sleeping", targets=[target], enabled=False)
    assert "Switched off, so never asked" in text(browser.get(PAGE, {"labels": LABELS}))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"labels": "team=~db"}, "write labels with ="),
        ({"labels": "team=db\nteam=web"}, "A label is given twice"),
        ({"labels": 'team="'}, "Line 1, column"),
        ({"labels": "team=db", "notification": "N-1"}, "Give one of the three"),
        ({"notification": "N-999999"}, "There is no notification N-999999"),
        ({"notification": "x"}, "There is no notification x"),
        ({"body": "{"}, "line 1"),
        ({"body": "[]"}, "JSON"),
        ({"labels": "team=db", "at": "soon"}, "valid date"),
    ],
)
def test_what_cannot_be_read_says_what_to_change(browser: Client, given: dict[str, str], words: str) -> None:
    answer = browser.post(PAGE, given)
    assert (answer.status_code, words in text(answer).replace("&quot;", '"')) == (200, True)


def test_a_notifications_page_leads_here(browser: Client, now: datetime) -> None:
    stored = factories.accept(factories.make_source(), factories.payload(factories.alert()), now).notification
    page = text(browser.get(f"/admin/deliveries/notification/{stored.pk}/change/"))
    assert f"{PAGE}?notification=N-{stored.pk}" in page


def test_who_may_not_see_rules_may_not_try_them(client: Client) -> None:
    client.force_login(person("bob", is_staff=True))
    assert client.get(PAGE).status_code == 403


def test_who_may_not_see_notifications_tries_labels_only(source: Source, now: datetime) -> None:
    stored = factories.accept(source, factories.payload(factories.alert()), now).notification
    assert caller("routing.view_rule").post(API, {"notification": stored.pk}).status_code == 403


@pytest.mark.parametrize(
    "asked", [{}, {"labels": {}, "payload": {}}, {"payload": []}, {"labels": {"a": "b"}, "at": "x"}]
)
def test_an_odd_question_is_refused(asked: dict[str, Any]) -> None:
    assert superuser().post(API, asked).status_code == 400
