"""The block of what burns, and what is done from it: figures that lead to their alerts, the five worst groups."""

from __future__ import annotations

import html
import re
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from deliveries import acknowledging
from deliveries.admin import burning
from deliveries.models import Acknowledgement, Alert
from routing.models import Source, Target
from tests import factories
from tests.callers import person

pytestmark = pytest.mark.django_db

LIST = "/admin/deliveries/alert/"


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def target() -> Target:
    target = factories.make_target()
    factories.tell_fallback(target)
    return target


def drawn(now: datetime, user: User | None = None) -> str:
    request = RequestFactory().get("/admin/")
    request.user = user or User.objects.create_superuser("root")
    return html.unescape(render_to_string("deliveries/burning.html", burning.block(request, now), request))


def text(markup: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", markup))


def tell(source: Source, now: datetime, *names: str, **labels: str) -> None:
    for name in names:
        factories.owed(source, now, factories.alert(name, **labels), group=f"{name}{labels}")


def listed(browser: Client, address: str) -> list[str]:
    return sorted(alert.name for alert in browser.get(address).context["cl"].queryset)


def test_each_figure_leads_to_as_many_alerts(browser: Client, source: Source, target: Target, now: datetime) -> None:
    tell(source, now, "Bad", "Seen")
    tell(source, now, "Odd", severity="strange")
    tell(source, now, "None", severity="")
    factories.make_silence("alertname=Quiet", now)
    tell(source, now, "Quiet", severity="warning")
    acknowledging.acknowledge(list(Alert.objects.filter(name="Seen").values_list("pk", flat=True)), by="ann", now=now)
    Alert.objects.filter(name="Odd").update(last_seen_at=now - timedelta(hours=5))
    shown = drawn(now)
    figures = re.findall(r'<a class="ah-figure[^"]*" href="([^"]+)"><b>(\d+)</b> ([^<]+)</a>', shown)
    assert {what: listed(browser, address) for address, _, what in figures} == {
        "critical": ["Bad", "Seen"], "warning": ["Quiet"], "other": ["None", "Odd"], "told to nobody": ["Quiet"],
        "acknowledged": ["Seen"], "silenced": ["Quiet"], "not heard of lately": ["Odd"],
    }  # fmt: skip
    assert [int(count) for _, count, _ in figures] == [2, 1, 2, 1, 1, 1, 1]


@pytest.mark.usefixtures("target")
def test_a_group_says_since_when_where_and_who(source: Source, now: datetime) -> None:
    started = (now - timedelta(minutes=40)).isoformat()
    for number in "12":
        tell(source, now, "Disk", n=number, starts_at=started)
    acknowledging.acknowledge([Alert.objects.earliest("id").pk], by="bob", now=now)
    assert "Disk 2 critical for 40 m · told to ops (pending) · bob at 1 of 2" in text(drawn(now))


def test_what_nobody_was_told_says_so(source: Source, now: datetime) -> None:
    tell(source, now, "Disk")
    assert "told to nobody · nobody at it" in text(drawn(now))


@pytest.mark.usefixtures("target")
def test_the_block_takes_few_statements_whatever_fires(source: Source, now: datetime) -> None:
    user = User.objects.create_superuser("root")

    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            drawn(now, user)
        return len(queries)

    factories.make_silence('alertname=~"Q.*"', now)
    tell(source, now, "A")
    statements()
    few = statements()
    for number in range(25):
        tell(source, now, "A", f"B{number}", n=str(number))
    assert (few, statements()) == (6, 6)


def test_five_groups_are_shown_and_the_others_counted(source: Source, now: datetime) -> None:
    tell(source, now, *(f"A{number}" for number in range(7)))
    shown = drawn(now)
    assert (shown.count('class="ah-burn '), "2 more groups" in shown) == (5, True)


def test_nothing_that_fires_is_one_calm_sentence(source: Source, now: datetime) -> None:
    tell(source, now - timedelta(minutes=5), "Disk", status="resolved")
    assert text(drawn(now)).strip() == "Nothing fires now. Disk was the last, 5 m ago."


def test_whoever_may_not_see_alerts_sees_nothing_of_it(source: Source, now: datetime) -> None:
    tell(source, now, "Disk")
    assert drawn(now, person("eve", is_staff=True)).strip() == ""


def test_whoever_only_reads_sees_no_button(source: Source, now: datetime) -> None:
    tell(source, now, "Disk")
    shown = drawn(now, person("eve", "deliveries.view_alert", is_staff=True))
    assert ("Disk" in shown, "Acknowledge" in shown, "Silence" in shown) == (True, False, False)


def test_names_are_escaped(source: Source, now: datetime) -> None:
    tell(source, now, "<script>alert(1)</script>")
    request = RequestFactory().get("/admin/")
    request.user = User.objects.create_superuser("root")
    assert "<script>" not in render_to_string("deliveries/burning.html", burning.block(request, now), request)


def test_a_group_is_acknowledged_as_a_whole_and_leads_back(browser: Client, source: Source, now: datetime) -> None:
    for number in "12":
        tell(source, now, "Disk", n=number)
    tell(source, now, "Other")
    answer = browser.post(f"{LIST}acknowledge/", {"group": "name", "key": "Disk", "back": "/admin/"})
    names = Acknowledgement.objects.standing().values_list("alert__name", flat=True)
    assert (sorted(names), answer.headers["Location"]) == (["Disk", "Disk"], "/admin/")


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", ""])
def test_it_leads_back_to_our_own_pages_only(browser: Client, source: Source, now: datetime, back: str) -> None:
    tell(source, now, "Disk")
    answer = browser.post(f"{LIST}acknowledge/", {"group": "name", "key": "Disk", "back": back})
    assert answer.headers["Location"] == LIST


def test_a_link_alone_acknowledges_no_group(browser: Client, source: Source, now: datetime) -> None:
    tell(source, now, "Disk")
    assert browser.get(f"{LIST}acknowledge/", {"group": "name", "key": "Disk"}).status_code == 403


def test_whoever_may_not_acknowledge_cannot(client: Client, source: Source, now: datetime) -> None:
    tell(source, now, "Disk")
    client.force_login(person("eve", "deliveries.view_alert", is_staff=True))
    assert client.post(f"{LIST}acknowledge/", {"group": "name", "key": "Disk"}).status_code == 403


def silence(browser: Client, **asked: Any) -> list[str]:
    """The matchers that the form of a new silence is opened with."""
    address = browser.get(f"{LIST}silence/", asked).headers["Location"]
    return parse_qs(urlsplit(address).query)["matchers"][0].split("\n")


def test_a_silence_of_a_group_has_what_its_alerts_share(browser: Client, source: Source, now: datetime) -> None:
    for number in "12":
        tell(source, now, "Disk", team="db", n=number)
    tell(source, now, "Other", team="web")
    expected = ['alertname="Disk"', 'n=~"1|2"', 'severity="critical"', 'team="db"']
    assert silence(browser, group="name", key="Disk") == expected


def test_whoever_may_not_silence_cannot_ask_for_it(client: Client, source: Source, now: datetime) -> None:
    tell(source, now, "Disk")
    client.force_login(person("eve", "deliveries.view_alert", is_staff=True))
    assert client.get(f"{LIST}silence/", {"group": "name", "key": "Disk"}).status_code == 403


@pytest.mark.parametrize(
    "asked",
    [
        {"group": "group", "key": "x"}, {"group": "group", "key": "9" * 30}, {"group": "label:\0", "key": "a"},
        {"key": "a\0b"}, {"group": "group", "key": ""}, {"key": "nothing"}, {"group": "label:" + "x" * 5000, "key": "y"},
    ],
)  # fmt: skip
def test_a_group_that_is_none_silences_nothing(browser: Client, asked: dict[str, str]) -> None:
    assert browser.get(f"{LIST}silence/", asked).headers["Location"] == LIST
