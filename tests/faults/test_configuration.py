"""Rows 95 to 101 of the fault catalogue: people who change things while alerts flow."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.test import Client as Browser

from alerthub.sandbox import Sandbox
from deliveries import outbox
from deliveries.accept import ingest
from deliveries.accept.ingest import Posted
from deliveries.models import Attempt, Delivery, Notification
from deliveries.rocketchat.client import Client
from deliveries.send import sender
from routing import rulebook
from routing.models import Rule, Source, Target
from tests import factories
from tests.deliveries.lanes import after, send
from tests.factories import alert, owed, payload

pytestmark = pytest.mark.django_db


@pytest.fixture
def target() -> Target:
    return factories.make_target()


@pytest.fixture
def rule(target: Target) -> Rule:
    return factories.make_rule("Pages", targets=[target])


@pytest.fixture
def browser(client: Client) -> Browser:
    browser = Browser()
    browser.force_login(User.objects.create_superuser("ann", password="x"))
    return browser


def form_of(browser: Browser, rule: Rule) -> dict[str, object]:
    """What the opened page would post back."""
    form = browser.get(f"/admin/routing/rule/{rule.pk}/change/").context["adminform"].form
    posted = {name: "" if (kept := form.initial.get(name)) is None else kept for name in form.fields}
    return posted | {
        "reason": "a try",
        "targets": [target.pk for target in rule.targets.all()],
        "enabled": "on",
        "severities": [],
    }


def save(browser: Browser, rule: Rule, form: dict[str, object], **changes: object) -> str:
    answer = browser.post(f"/admin/routing/rule/{rule.pk}/change/", form | changes)
    return "" if answer.status_code == 302 else answer.content.decode()


def test_row_95_one_notification_is_decided_by_one_state_of_the_rules(
    source: Source, rule: Rule, target: Target, now: datetime
) -> None:
    book = rulebook.current()
    other = factories.make_target("other")
    rule.targets.set([other])
    posted = Posted(source.pk, source.name, 120, json.dumps(payload(alert("A"), alert("B"))).encode())
    accepted = ingest.accept(posted, book, now)
    assert {delivery.target_name for delivery in accepted.deliveries} == {"ops"}
    assert accepted.notification.ruleset_id == book.digest
    assert accepted.notification.ruleset is not None
    assert accepted.notification.ruleset.content["rules"][0]["targets"] == ["ops"]


def test_row_96_the_second_of_two_people_is_told_of_the_first(browser: Browser, rule: Rule) -> None:
    first, second = form_of(browser, rule), form_of(browser, rule)
    assert save(browser, rule, first, matchers='team="db"') == ""
    assert "Somebody else saved this while you had it open" in save(browser, rule, second, name="Mine")
    rule.refresh_from_db()
    assert (rule.name, rule.matchers) == ("Pages", 'team="db"')


def test_row_96_other_targets_of_a_rule_are_a_change_too(browser: Browser, rule: Rule) -> None:
    form = form_of(browser, rule)
    rule.targets.add(factories.make_target("other"))
    assert "Somebody else saved this" in save(browser, rule, form)


def test_row_96_who_saves_twice_is_not_in_the_way_of_oneself(browser: Browser, rule: Rule) -> None:
    for name in ("Once", "Twice"):
        assert save(browser, rule, form_of(browser, rule), name=name) == ""


def opened(browser: Browser, address: str) -> dict[str, object]:
    """What the page would post back, as it was opened."""
    form = browser.get(address).context["adminform"].form
    bound = {name: form[name].value() for name in form.fields}
    ticked = {name: "on" for name, value in bound.items() if value is True}
    return {name: value for name, value in bound.items() if value is not None and value is not False} | ticked


@pytest.mark.parametrize(
    ("make", "changes"),
    [
        (factories.make_target, {"alias": "hub"}),
        (factories.make_server, {"user_id": "b0t"}),
        (factories.make_template, {"note": "short"}),
    ],
)
def test_row_96_so_it_is_for_targets_servers_and_templates(
    browser: Browser, make: Callable[[], Model], changes: dict[str, str]
) -> None:
    row = make()
    address = f"/admin/routing/{row._meta.model_name}/{row.pk}/change/"
    form = opened(browser, address) | {"reason": "a try"}
    assert browser.post(address, form | changes).status_code == 302
    assert "Somebody else saved this" in browser.post(address, form | {"name": "Mine"}).content.decode()


def test_row_96_a_secret_that_is_entered_anew_counts_whatever_the_page_showed(browser: Browser, target: Target) -> None:
    address = f"/admin/routing/target/{target.pk}/change/"
    form = opened(browser, address) | {"reason": "a try"}
    Target.objects.filter(pk=target.pk).update(alias="hub")
    url = "https://chat.example/hooks/65f0c0ffee/an0th3rs3cr3t"
    assert browser.post(address, form | {"webhook_address": url}).status_code == 302
    target.refresh_from_db()
    assert target.webhook_url() == url


@pytest.mark.parametrize("matchers", ['team=~"("', 'team=~"(?=x)"', "team"])
def test_row_97_an_expression_that_cannot_be_read_is_refused_with_its_place(matchers: str, rule: Rule) -> None:
    rule.matchers = matchers
    with pytest.raises(ValidationError) as refused:
        rule.full_clean()
    assert "matchers" in refused.value.message_dict


def test_row_97_an_expression_that_fits_nothing_lets_its_alerts_reach_the_fallback(
    source: Source, rule: Rule, target: Target, now: datetime
) -> None:
    Rule.objects.filter(pk=rule.pk).update(matchers='team=~"x{50}"')
    factories.tell_fallback(target)
    assert [delivery.rule_name for delivery in owed(source, now)] == ["Fallback"]


def test_row_98_the_catch_all_cannot_be_removed(rule: Rule) -> None:
    with pytest.raises(ValidationError, match="cannot be deleted"):
        Rule.objects.fallback().delete()
    with pytest.raises(ValidationError, match="cannot be deleted"):
        Rule.objects.all().delete()


def test_row_98_when_nobody_is_told_the_trail_says_so(source: Source, now: datetime) -> None:
    accepted = factories.accept(source, payload(alert()), now)
    assert [fate.outcome for fate in accepted.fates] == ["unrouted"]


def test_row_99_a_deleted_target_ends_what_it_was_owed_with_that_reason(
    source: Source, rule: Rule, target: Target, now: datetime
) -> None:
    owed(source, now)
    target.delete()
    outbox.close_orphans(now)
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.reason, delivery.target_name) == ("cancelled", "target_deleted", "ops")


def test_row_99_before_that_the_page_says_how_much_is_owed(
    browser: Browser, source: Source, rule: Rule, target: Target, now: datetime
) -> None:
    owed(source, now)
    rule.targets.add(factories.make_target("other"))
    page = browser.get(f"/admin/routing/target/{target.pk}/delete/").content.decode()
    assert "1 delivery still waits: it ends as cancelled" in page


def test_row_100_what_waits_goes_to_the_new_address_and_the_old_attempts_keep_theirs(
    sandbox: Sandbox, source: Source, rule: Rule, target: Target, client: Client, now: datetime
) -> None:
    hook = sandbox.hook("#old", enabled=False)
    target.set_webhook_url(hook.url)
    target.save()
    owed(source, now)
    sender.drain(target.pk, client, clock=lambda: now, worker="w1")
    target.set_webhook_url(sandbox.hook("#new").url)
    target.save()
    later = after(target.changed_at, seconds=1)
    outbox.tend(later)
    sender.drain(target.pk, client, clock=lambda: later, worker="w1")
    assert len(sandbox.messages("#new")) == 1
    marks = [sent_to[-4:] for sent_to in Attempt.objects.order_by("id").values_list("sent_to", flat=True)]
    assert marks == [hook.url[-4:], target.masked_url[-4:]]


def test_row_101_a_target_disabled_for_a_week_flows_as_a_digest_when_it_is_enabled(
    source: Source, rule: Rule, target: Target, now: datetime
) -> None:
    Target.objects.update(enabled=False, rate_limit_calls=10, rate_limit_seconds=60)
    for number in range(30):
        owed(source, now, group=f"g{number}")
    outbox.tend(now)
    outbox.tend(now)
    assert Delivery.objects.filter(state="held", reason="target_disabled").count() == 30
    week = after(now, days=7)
    Target.objects.update(enabled=True)
    outbox.tend(week)
    assert [delivery.kind for delivery in send(target, week)] == ["digest"]
    assert Delivery.objects.filter(kind="alert", state="merged", ended_at=week).count() == 30
    assert Notification.objects.count() == 30
