"""Templates in use: by rule or target, with AlertHub's marks, and its own words when one fails."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from alerthub.sandbox import Sandbox
from deliveries.models import Attempt, Delivery
from deliveries.send import roads, sender
from routing.models import Rule, Source, Target, Template
from tests import factories
from tests.callers import superuser

pytestmark = pytest.mark.django_db

LIST = "/admin/routing/template/"


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def target(sandbox: Sandbox) -> Target:
    return factories.make_target(url=sandbox.hook("#ops").url)


@pytest.fixture
def rule(target: Target) -> Rule:
    return factories.make_rule(targets=[target])


@pytest.fixture
def source(rule: Rule) -> Source:
    return factories.make_source()


def template(name: str = "short", **texts: str) -> Template:
    return Template.objects.create(name=name, **texts or {"headline": "{{ severity|upper }} {{ alerts[0].name }}"})


def send(source: Source, target: Target, now: datetime) -> dict[str, Any]:
    """The message as it was posted."""
    factories.owed(source, now)
    client = roads.new_client()
    sender.drain(target.pk, client, clock=sender.utc_now, worker="test")
    client.close()
    body: dict[str, Any] = json.loads(Attempt.objects.latest("id").sent)
    return body


def test_a_rules_template_writes_the_headline(source: Source, rule: Rule, target: Target, now: datetime) -> None:
    Rule.objects.filter(pk=rule.pk).update(template=template())
    sent = send(source, target, now)
    assert sent["text"] == f"CRITICAL DiskFull · D-{Delivery.objects.get().pk}"


def test_a_targets_template_writes_the_card(source: Source, target: Target, now: datetime) -> None:
    Target.objects.update(template=template(card="Look at *{{ alerts[0].name }}*"))
    assert send(source, target, now)["attachments"][0]["text"] == "Look at *DiskFull*"


def test_the_rules_counts_first(source: Source, target: Target, now: datetime) -> None:
    Target.objects.update(template=template("target", headline="by target"))
    Rule.objects.update(template=template("rule", headline="by rule"))
    assert send(source, target, now)["text"].startswith("by rule ·")


def test_what_is_empty_stays_as_it_was(source: Source, target: Target, now: datetime) -> None:
    Target.objects.update(template=template(card="x"))
    assert "*FIRING*" in send(source, target, now)["text"]


def test_one_that_fails_leaves_alerthubs_own_words(source: Source, target: Target, now: datetime) -> None:
    Target.objects.update(template=template(headline="{{ 1 / 0 }}"))
    assert "*FIRING*" in send(source, target, now)["text"]
    assert Delivery.objects.get().state == "delivered"


def test_its_failure_is_recorded(source: Source, target: Target, now: datetime) -> None:
    made = template(headline="{{ 1 / 0 }}")
    Target.objects.update(template=made)
    send(source, target, now)
    assert Attempt.objects.get().template_fault == f"T-{made.pk} short: Line 1: Division by zero."


@pytest.mark.parametrize("page", ["delivery", "template"])
def test_its_failure_is_shown(browser: Client, source: Source, target: Target, now: datetime, page: str) -> None:
    made = template(headline="{{ 1 / 0 }}")
    Target.objects.update(template=made)
    send(source, target, now)
    address = {"template": f"{LIST}{made.pk}/", "delivery": f"/admin/deliveries/delivery/{Delivery.objects.get().pk}/"}
    assert "Division by zero" in browser.get(f"{address[page]}change/").content.decode()


def test_a_long_text_keeps_the_number(source: Source, target: Target, now: datetime) -> None:
    Target.objects.update(template=template(headline="x" * 1900))
    assert send(source, target, now)["text"].endswith(f" · D-{Delivery.objects.get().pk}")


def test_it_is_saved_in_the_admin(browser: Client) -> None:
    browser.post(f"{LIST}add/", {"name": "short", "headline": "{{ severity }}"})
    assert Template.objects.get().headline == "{{ severity }}"


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"headline": "{{ x"}, "headline", "Line 1: Unexpected end"),
        ({"card": "a\n{{ count / (count - 1) }}"}, "card", "It failed on one alert that fires."),
        ({}, "__all__", "Write a headline, a card, or both."),
    ],
)
def test_one_that_fails_is_not_saved(browser: Client, fields: dict[str, str], field: str, words: str) -> None:
    answer = browser.post(f"{LIST}add/", {"name": "short"} | fields)
    assert words in answer.context["adminform"].errors[field][0]
    assert not Template.objects.exists()


def test_the_preview_is_what_the_room_sees(browser: Client, source: Source, now: datetime) -> None:
    factories.owed(source, now)
    shown = browser.post(
        f"{LIST}preview/", {"headline": "Hear: {{ alerts[0].name }}"}, headers={"X-Requested-With": "fetch"}
    ).content.decode()
    assert ("Hear: DiskFull · D-0" in shown, "<html" in shown) == (True, False)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"headline": "{{ x"}, "Line 1"),
        ({"headline": "x", "preview_of": "N-99999"}, "no such notification"),
        ({}, "Write a headline or a card"),
    ],
)
def test_the_preview_says_what_is_amiss(browser: Client, fields: dict[str, str], words: str) -> None:
    shown = browser.post(f"{LIST}preview/", fields, headers={"X-Requested-With": "fetch"}).content.decode()
    assert words in shown


def test_one_in_use_cannot_be_deleted(browser: Client, rule: Rule) -> None:
    made = template()
    Rule.objects.filter(pk=rule.pk).update(template=made)
    browser.post(f"{LIST}{made.pk}/delete/", {"post": "yes", "reason": "x"})
    assert Template.objects.exists()


def test_the_api_says_the_line(rule: Rule) -> None:
    answer = superuser().post("/api/v1/templates/", {"name": "x", "card": "a\n{{ x"})
    assert (answer.status_code, answer.json()["fields"]["card"][0][:7]) == (400, "Line 2:")


def test_the_api_gives_a_rule_its_template(rule: Rule) -> None:
    made = superuser().post("/api/v1/templates/", {"name": "x", "headline": "{{ severity }}"}).json()
    answer = superuser("bob").patch(f"/api/v1/rules/{rule.pk}/", {"template": made["id"]})
    assert answer.json()["template"] == made["id"]


def test_the_api_keeps_one_in_use(rule: Rule) -> None:
    made = template()
    Rule.objects.filter(pk=rule.pk).update(template=made)
    assert superuser().delete(f"/api/v1/templates/{made.pk}/").status_code == 409
