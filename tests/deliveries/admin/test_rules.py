"""The list of rules: what each told lately, what is odd about it, and what moving one did to the alerts of the day."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from deliveries.admin import impact as page
from deliveries.foresight import findings, impact
from deliveries.models import Delivery
from routing.models import Rule, Source
from tests import factories
from tests.deliveries.statements import Counted

pytestmark = pytest.mark.django_db
LIST = "/admin/routing/rule/"


@pytest.fixture
def rule() -> Rule:
    """It stands before one that takes all and tells "web"."""
    factories.make_rule("every", [factories.make_target("web")], position=20)
    return factories.make_rule("db", [factories.make_target("ops")], matchers="team=db")


@pytest.fixture
def _told(rule: Rule, source: Source) -> None:
    """Two alerts of databases and one of the web, an hour ago."""
    databases = [factories.alert("DbDown", team="db", instance=f"db-{n}") for n in (1, 2)]
    factories.owed(source, timezone.now() - timedelta(hours=1), *databases, factories.alert("WebDown", team="web"))


told = pytest.mark.usefixtures("_told")


def text(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def move(browser: Client, rule: Rule, to: str) -> str:
    answer = browser.post(reverse("admin:routing_rule_move", args=[rule.pk]), {"to": to}, follow=True)
    return text(answer.content.decode())


@told
def test_what_it_told_leads_to_its_deliveries(browser: Client, rule: Rule) -> None:
    Delivery.objects.update(state="delivered", ended_at=timezone.now())
    shown = browser.get(LIST).content.decode()
    [address] = re.findall(rf'href="([^"]*rule__id__exact={rule.pk}&amp;last=24)">1 told</a>', shown)
    assert len(browser.get(address.replace("&amp;", "&")).context["cl"].result_list) == 1


@told
def test_what_is_not_in_the_room_is_not_told(browser: Client) -> None:
    Delivery.objects.filter(rule__name="db").update(state="rejected", ended_at=timezone.now())
    assert "0 told 1 undelivered" in text(browser.get(LIST).content.decode())


@told
def test_a_rule_that_told_nothing_says_so(browser: Client) -> None:
    assert text(browser.get(LIST, {"q": "Fallback"}).content.decode()).count(" nothing ") == 1


@told
def test_who_may_see_no_deliveries_sees_no_figures(client: Client) -> None:
    user = User.objects.create_user("bob", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_rule"))
    client.force_login(user)
    assert " told</a>" not in client.get(LIST).content.decode()


def test_what_is_odd_about_it_stands_in_full_beneath(browser: Client, rule: Rule) -> None:
    never = factories.make_rule("never", [rule.targets.get()], matchers="team=db", position=15)
    [sentence] = findings.of_rules(timezone.now())[never.pk]
    assert f'<span class="ah-finding">{escape(sentence)}</span>' in browser.get(LIST).content.decode()


def test_a_disabled_rule_says_so(browser: Client, rule: Rule) -> None:
    Rule.objects.filter(pk=rule.pk).update(enabled=False)
    assert 'class="ah-off">db</span>' in browser.get(LIST).content.decode()


def test_the_statements_do_not_grow_with_the_rules(browser: Client, rule: Rule) -> None:
    browser.get(LIST)
    with Counted() as few:
        browser.get(LIST)
    window = factories.make_window(times="10:00-12:00")
    for number in range(20):
        made = factories.make_rule(f"r{number}", [rule.targets.get()], position=30 + number)
        made.muted_windows.add(window)
    browser.get(LIST)
    with Counted() as many:
        browser.get(LIST)
    assert many.statements == few.statements
    assert many.statements <= 14


@told
def test_moving_a_rule_says_what_would_have_gone_elsewhere(browser: Client, rule: Rule) -> None:
    shown = move(browser, rule, "last")
    assert "‘db’ is now after ‘every’. 2 of 3 alerts of the last 24 h would have gone elsewhere: " in shown
    assert "DbDown to web instead of ops." in shown


@told
def test_moving_it_back_says_it_the_other_way_round(browser: Client, rule: Rule) -> None:
    answer = browser.post(reverse("admin:routing_rule_move", args=[rule.pk]), {"to": "last"}, follow=True)
    undo = answer.content.decode().split('name="undo" value="')[1].split('"')[0]
    answer = browser.post(reverse("admin:routing_rule_move", args=[rule.pk]), {"undo": undo}, follow=True)
    assert "‘db’ is the first rule again. 2 of 3 alerts" in text(answer.content.decode())
    assert "DbDown to ops instead of web." in text(answer.content.decode())


@told
def test_a_move_that_changes_nothing_says_how_many_were_checked(browser: Client) -> None:
    other = factories.make_rule("net", [factories.make_target("net")], matchers="team=net", position=5)
    assert "3 alerts of the last 24 h checked: nothing goes elsewhere." in move(browser, other, "down")


@told
def test_a_long_look_goes_on_after_the_rule_was_moved(
    browser: Client, rule: Rule, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    factories.owed(source, timezone.now(), factories.alert("DbSlow", team="db"), group="other")
    monkeypatch.setattr(page, "_SLICE_SECONDS", -1.0)
    monkeypatch.setattr(impact.reading, "_AT_ONCE", 1)
    answer = browser.post(reverse("admin:routing_rule_move", args=[rule.pk]), {"to": "last"}, follow=True)
    moved = answer.content.decode().split('name="moved" value="')[1].split('"')[0]
    fields, headers = {"moved": moved, "state": ""}, {"X-Requested-With": "fetch"}
    for _ in range(2):
        part = browser.post(f"{LIST}impact/", fields, headers=headers).content.decode()
        fields["state"] = "".join(re.findall(r'data-impact-state="([^"]+)"', part))
    assert "3 of 4 alerts of the last 24 h would have gone elsewhere" in part


@told
def test_who_may_see_no_notifications_moves_without_examples_of_them(client: Client, rule: Rule) -> None:
    user = User.objects.create_user("bob", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["view_rule", "change_rule"]))
    client.force_login(user)
    shown = move(client, rule, "last")
    assert ("‘db’ is now after ‘every’." in shown, "DbDown" in shown) == (True, False)
