"""The list of alerts in groups: folded, the worst first, what is shared said once; figures above that filter it."""

from __future__ import annotations

import html
import re
from datetime import datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from deliveries import acknowledging
from deliveries.figures import groups
from deliveries.models import Alert
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


def tell(source: Source, now: datetime, name: str, count: int = 1, **labels: str) -> None:
    """So many alerts of one name, which differ in their instance."""
    alerts = [factories.alert(name, **{"instance": f"{name}-{number}", **labels}) for number in range(count)]
    factories.owed(source, now, *alerts, group=f"{name}{labels}")


def lines(browser: Client, **asked: Any) -> list[tuple[str, int]]:
    return [(line.name, line.group.count) for line in browser.get(LIST, asked).context["cl"].lines]


def shown(browser: Client, address: str = LIST, **asked: Any) -> str:
    return html.unescape(browser.get(address, asked).content.decode())


def text(markup: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", markup))


def test_what_fires_is_folded_by_name_the_worst_first(browser: Client, source: Source, now: datetime) -> None:
    tell(source, now, "Warn", 3, severity="warning")
    tell(source, now, "Bad", 2)
    assert lines(browser) == [("Bad", 2), ("Warn", 3)]
    assert "Bad-1" not in re.sub(r'class="ah-group-said.*', "", shown(browser))


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        ("name", [("A", 2), ("B", 1)]), ("label:team", [("db", 2), ("(without this label)", 1)]),
        ("group", [("A{'team': 'db'}", 2), ("B{}", 1)]), ("nonsense", [("A", 2), ("B", 1)]), ("none", []),
    ],
)  # fmt: skip
def test_it_is_grouped_as_asked(
    browser: Client, source: Source, now: datetime, group: str, expected: list[tuple[str, int]]
) -> None:
    tell(source, now, "A", 2, team="db")
    tell(source, now, "B")
    assert lines(browser, group=group) == expected


@pytest.mark.parametrize("asked", [{"status": "all"}, {"status": "resolved"}, {"group": "none"}, {"o": "2"}])
def test_the_past_and_an_order_of_ones_own_are_flat(
    browser: Client, source: Source, now: datetime, asked: dict[str, str]
) -> None:
    tell(source, now, "A")
    assert browser.get(LIST, asked).context["cl"].is_grouped is False


def test_it_can_be_grouped_by_labels_that_alerts_have(browser: Client, source: Source, now: datetime) -> None:
    tell(source, now, "A", 2, zone="x", team="db")
    offered = [choice["what"] for choice in browser.get(LIST).context["cl"].choices]
    assert offered == ["alert name", "Alertmanager's group", "team", "zone", "nothing"]


def test_labels_that_all_share_are_said_once(browser: Client, source: Source, now: datetime) -> None:
    tell(source, now, "A", 2, team="db")
    (line,) = browser.get(LIST).context["cl"].lines
    assert [label.text for label in line.labels] == ["team=db"]


@pytest.mark.parametrize("odd", [{"team": "web"}, {}])
def test_what_one_of_many_does_not_share_is_not_said_of_all(
    browser: Client, source: Source, now: datetime, odd: dict[str, str]
) -> None:
    tell(source, now, "A", 1, instance="odd", zone="x", starts_at="2026-11-01T10:00:00Z", **odd)
    tell(source, now, "A", 20, zone="x", team="db")
    (line,) = browser.get(LIST).context["cl"].lines
    assert [label.text for label in line.labels] == ["zone=x"]


def test_an_unfolded_group_says_of_each_only_what_it_does_not_share(
    browser: Client, source: Source, now: datetime
) -> None:
    tell(source, now, "A", 2, team="db")
    members = shown(browser, f"{LIST}members/", group="name", key="A")
    rows = members.split("<ul")[1]
    assert (members.count("team=db"), rows.count("instance=A-1"), rows.count("team=")) == (1, 1, 0)


def test_the_summary_stands_under_the_name(browser: Client, source: Source, now: datetime) -> None:
    tell(source, now, "A", 2)
    assert "A happened" in text(shown(browser))


def test_different_summaries_are_an_example(browser: Client, source: Source, now: datetime) -> None:
    alerts = [factories.alert("A", n=n) | {"annotations": {"summary": f"disk {n} is full"}} for n in "12"]
    factories.owed(source, now, *alerts)
    assert "Such as: disk " in text(shown(browser))


def test_a_group_of_one_leads_to_its_alert(browser: Client, source: Source, now: datetime) -> None:
    tell(source, now, "A")
    assert f'class="ah-group-head" href="{LIST}{Alert.objects.get().pk}/change/"' in shown(browser)


def test_without_javascript_a_link_unfolds_a_group(browser: Client, source: Source, now: datetime) -> None:
    tell(source, now, "A", 3, severity="critical")
    tell(source, now, "B", 2, severity="critical")
    (link,) = re.findall(r'href="(\?[^"]*key=A)"', shown(browser, severity="critical"))
    page = browser.get(LIST + link)
    assert (len(page.context["cl"].members), "severity=critical" in link) == (3, True)
    assert "<details open>" in page.content.decode()


def test_a_large_group_has_pages(browser: Client, source: Source, now: datetime) -> None:
    tell(source, now, "A", 130)
    second = browser.get(LIST, {"group": "name", "key": "A", "p": "2"}).context["cl"]
    assert (len(second.members), second.lines[0].group.count) == (30, 130)


def test_many_groups_have_pages(browser: Client, source: Source, now: datetime) -> None:
    factories.owed(source, now, *(factories.alert(f"A{number:03}") for number in range(120)))
    assert [len(lines(browser, p=page)) for page in ("1", "2", "77")] == [100, 20, 100]


def test_the_figures_count_all_whatever_is_chosen(browser: Client, source: Source, now: datetime) -> None:
    tell(source, now, "Bad", 2)
    tell(source, now, "Warn", severity="warning")
    page = browser.get(LIST, {"severity": "warning", "q": "Warn"})
    chips = [(one["chip"].words, one["chip"].count, one["is_chosen"]) for one in page.context["cl"].severity_chips]
    assert chips == [("critical", 2, False), ("warning", 1, True)]


def test_a_chosen_figure_leads_back_and_keeps_the_search(browser: Client, source: Source, now: datetime) -> None:
    tell(source, now, "Warn", severity="warning")
    first, second = browser.get(LIST, {"severity": "warning", "q": "Warn"}).context["cl"].severity_chips
    assert (first["link"], second["link"]) == ("?q=Warn&severity=critical", "?q=Warn")


def test_a_filter_narrows_what_a_group_counts(browser: Client, source: Source, now: datetime) -> None:
    tell(source, now, "A", 3)
    acknowledging.acknowledge([Alert.objects.earliest("id").pk], by="bob", now=now)
    assert lines(browser, attention="open") == [("A", 2)]


def test_a_search_narrows_what_a_group_counts(browser: Client, source: Source, now: datetime) -> None:
    tell(source, now, "A", 3)
    assert lines(browser, q='instance="A-1"') == [("A", 1)]


def test_the_one_runbook_of_a_group_is_offered(browser: Client, source: Source, now: datetime) -> None:
    for name, books in (("One", "aa"), ("Two", "ab"), ("Bad", ["javascript:alert(1)"])):
        alerts = [
            factories.alert(name, n=str(number))
            | {"annotations": {"runbook_url": book if len(book) > 1 else f"https://wiki.example/{book}"}}
            for number, book in enumerate(books)
        ]
        factories.owed(source, now, *alerts, group=name)
    found = {line.name: line.runbook for line in browser.get(LIST).context["cl"].lines}
    assert found == {"One": "https://wiki.example/a", "Two": "", "Bad": ""}


def test_hostile_labels_are_text(browser: Client, source: Source, now: datetime) -> None:
    tell(source, now, "<b>A</b>", 2, team='"><script>alert(1)</script>', long="x" * 5000)
    for address in (LIST, f"{LIST}members/?group=name&key=%3Cb%3EA%3C%2Fb%3E", f"{LIST}?group=label:team"):
        page = browser.get(address).content.decode()
        assert ("<script>alert(1)" in page, "<b>A</b>" in page) == (False, False)


def test_whoever_only_reads_finds_no_button(client: Client, source: Source, now: datetime) -> None:
    tell(source, now, "A", 2)
    client.force_login(person("eve", "deliveries.view_alert", is_staff=True))
    page = client.get(LIST).content.decode()
    assert ("formaction" in page, client.get(f"{LIST}members/?group=name&key=A").status_code) == (False, 200)


def test_whoever_may_not_see_alerts_sees_no_part_of_them(client: Client, source: Source, now: datetime) -> None:
    tell(source, now, "A", 2)
    client.force_login(User.objects.create_user("eve", is_staff=True))
    assert client.get(f"{LIST}members/?group=name&key=A").status_code == 403


def test_nothing_that_fires_is_said(browser: Client) -> None:
    assert ("Nothing fires now." in shown(browser), "Nothing that fires fits" in shown(browser, q="x")) == (True, True)


@pytest.mark.usefixtures("target")
@pytest.mark.parametrize(
    "asked", [{}, {"attention": "open"}, {"group": "label:team"}, {"group": "name", "key": "A"}, {"group": "none"}]
)
def test_more_alerts_need_no_more_statements(
    browser: Client, source: Source, now: datetime, asked: dict[str, str]
) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            browser.get(LIST, asked)
        return len(queries)

    factories.make_silence('alertname=~"Q.*"', now)
    tell(source, now, "A", groups.OF_EACH + 1)
    statements()
    few = statements()
    tell(source, now, "A", 30, team="db")
    tell(source, now, "C", 20)
    tell(source, now, "B", 9)
    # A group that is open reads its alerts too.
    assert (statements(), few <= 15 + ("key" in asked)) == (few, True)
