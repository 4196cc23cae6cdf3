"""The pages of notifications, alerts and rejected requests."""

from __future__ import annotations

import json
import re
from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse

from deliveries.admin import bubble, words
from deliveries.admin.notification import shown_body
from deliveries.models import Alert, Notification, RejectedRequest
from routing.models import Rule, Source
from tests.factories import accept, alert, make_rule, make_source, make_target, payload

pytestmark = pytest.mark.django_db


@pytest.fixture
def source() -> Source:
    make_rule("Web", [make_target()], matchers='team="web"')
    return make_source()


def text(browser: Client, row: Notification | Alert | RejectedRequest) -> str:
    return browser.get(reverse(f"admin:deliveries_{row._meta.model_name}_change", args=[row.pk])).content.decode()


def test_a_notification_tells_the_decision_for_each_alert(browser: Client, source: Source, now: datetime) -> None:
    notification = accept(source, payload(alert(team="web"), alert("Other")), now).notification
    shown = text(browser, notification)
    assert "Rule &quot;Web&quot;: team=&quot;web&quot;" in shown
    assert "no other rule fits" in shown


def test_a_notification_says_what_became_of_its_alerts(browser: Client, source: Source, now: datetime) -> None:
    notification = accept(source, payload(alert(team="web"), alert("Other", team="web")), now).notification
    assert "Its 2 alerts became 1 delivery: 1 pending." in text(browser, notification)


def test_a_notification_nobody_was_told_about_says_so(browser: Client, source: Source, now: datetime) -> None:
    notification = accept(source, payload(alert("Other")), now).notification
    assert "Nobody was told about its 1 alert" in text(browser, notification)


def test_a_duplicate_links_to_the_first(browser: Client, source: Source, now: datetime) -> None:
    first, second = (accept(source, payload(alert()), now).notification for _ in range(2))
    assert f'/notification/{first.pk}/change/">N-{first.pk}</a>: nothing was sent' in text(browser, second)


def test_a_notification_shows_the_rules_as_they_were(browser: Client, source: Source, now: datetime) -> None:
    notification = accept(source, payload(alert(team="web")), now).notification
    Rule.objects.filter(name="Web").update(matchers='team="other"')
    assert "team=&quot;other&quot;" not in text(browser, notification)


def test_a_body_is_shown_indented_and_without_secrets() -> None:
    shown, is_cut = shown_body(b'{"alerts":[],"token":"abcdefgh"}')
    assert (shown.count("\n"), "abcdefgh" in shown, is_cut) == (3, False, False)


def test_a_large_body_is_shown_in_part() -> None:
    shown, is_cut = shown_body(json.dumps({"text": "word " * 50_000}).encode())
    assert (len(shown) <= 70_000, is_cut) == (True, True)


def test_a_body_that_is_no_json_is_shown_as_it_came() -> None:
    assert shown_body(b"\xff{") == ("\ufffd{", False)


def test_an_alert_shows_its_labels_and_where_it_was_told(browser: Client, source: Source, now: datetime) -> None:
    accepted = accept(source, payload(alert(team="web", instance="db1:9100")), now)
    shown = text(browser, Alert.objects.get())
    assert ("db1:9100" in shown, f"D-{accepted.deliveries[0].pk}</a>" in shown) == (True, True)


def test_an_alert_does_not_link_to_what_is_no_web_address(browser: Client, source: Source, now: datetime) -> None:
    accept(source, payload(alert() | {"generatorURL": "javascript:alert(1)"}), now)
    assert "javascript:alert(1)" not in text(browser, Alert.objects.get())


@pytest.mark.parametrize(("query", "names"), [("web", ["DiskFull"]), ("team=db", ["Latency"]), ("Lat", ["Latency"])])
def test_alerts_are_found_by(browser: Client, source: Source, now: datetime, query: str, names: list[str]) -> None:
    accept(source, payload(alert(team="web"), alert("Latency", team="db")), now)
    found = browser.get("/admin/deliveries/alert/", {"q": query}).context["cl"].queryset
    assert [one.name for one in found] == names


def test_notifications_are_found_by_an_alert_they_mention(browser: Client, source: Source, now: datetime) -> None:
    first = accept(source, payload(alert("DiskFull"), group="a"), now).notification
    accept(source, payload(alert("Latency"), group="b"), now)
    found = browser.get("/admin/deliveries/notification/", {"q": "DiskFull"}).context["cl"].queryset
    assert list(found) == [first]


def test_a_rejected_request_shows_what_the_sender_was_told(browser: Client, now: datetime) -> None:
    RejectedRequest.objects.create(
        first_at=now, last_at=now, status_code=400, reason="not_json", message="This is no JSON.", body="<html>"
    )
    shown = text(browser, RejectedRequest.objects.get())
    assert ("This is no JSON." in shown, "&lt;html&gt;" in shown) == (True, True)


@pytest.mark.parametrize(
    ("flag", "sentence"),
    [
        ("grafana", "It comes from Grafana, not from Alertmanager."),
        ("alerts_skipped:3", "Some entries of its list were no alerts and were left out: 3."),
        ("from_the_future", "From the future"),
    ],
)
def test_a_flag_is_told_in_words(flag: str, sentence: str) -> None:
    assert words.flag(flag) == sentence


@pytest.mark.parametrize(
    ("marked", "shown"),
    [
        ("*FIRING* now", "<strong>FIRING</strong> now"),
        ("`a=<b>`", "<code>a=&lt;b&gt;</code>"),
        ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
        ("<b>", "&lt;b&gt;"),
    ],
)
def test_a_message_is_shown_marked_up_and_escaped(marked: str, shown: str) -> None:
    assert bubble.of({"text": marked}).text == shown


def test_a_colour_that_is_none_is_not_taken_over() -> None:
    [attachment] = bubble.of({"attachments": [{"color": "red;background:url(x)"}]}).attachments
    assert attachment.color == "#999999"


def test_a_token_in_the_name_of_a_sender_is_not_kept(client: Client) -> None:
    client.post("/webhook", "{}", content_type="application/json", HTTP_USER_AGENT="am ahi_s3cr3tT0ken")
    assert RejectedRequest.objects.get().sender == "127.0.0.1 am [hidden]"


def test_the_filter_says_pending_and_asks_for_what_the_database_calls_waiting(browser: Client) -> None:
    shown = browser.get(reverse("admin:deliveries_delivery_changelist"), {"state__exact": "waiting"}).content.decode()
    assert re.search(r'value="waiting"[^>]*checked', shown)
    assert re.search(r">\s*pending\s*<", shown)
    assert not re.search(r">\s*waiting\s*<", shown)
