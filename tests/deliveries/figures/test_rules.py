"""What each rule told in the last 24 hours: its messages, by where they stand."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from deliveries.figures import rules
from deliveries.figures.rules import Told
from deliveries.models import Delivery
from routing.models import Rule
from tests import factories
from tests.deliveries.figures.test_day import NOON, owe
from tests.deliveries.statements import Counted

pytestmark = pytest.mark.django_db


@pytest.fixture
def rule() -> Rule:
    return factories.make_rule("Web", [factories.make_target()])


def told(rule: Rule, hours: float = 1, **fields: Any) -> Delivery:
    delivery = owe(rule.targets.get(), NOON - timedelta(hours=hours))
    Delivery.objects.filter(pk=delivery.pk).update(rule=rule, **fields)
    return delivery


def of(rule: Rule) -> Told:
    return rules.of_rules([rule.pk], NOON)[rule.pk]


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("delivered", Told(told=1)),
        ("waiting", Told(pending=1)),
        ("sending", Told(pending=1)),
        ("held", Told(undelivered=1)),
        ("rejected", Told(undelivered=1)),
        ("expired", Told(undelivered=1)),
        ("cancelled", Told(cancelled=1)),
    ],
)
def test_a_message_counts_where_it_stands(rule: Rule, state: str, expected: Told) -> None:
    ended_at = None if state in ("waiting", "sending", "held") else NOON
    told(rule, state=state, ended_at=ended_at)
    assert (of(rule), of(rule).total) == (expected, 1)


@pytest.mark.parametrize(("state", "expected"), [("delivered", Told(told=1)), ("rejected", Told(undelivered=1))])
def test_a_merged_one_stands_where_what_carries_it_stands(rule: Rule, state: str, expected: Told) -> None:
    digest = told(rule, kind="digest", state=state, ended_at=NOON)
    Delivery.objects.filter(pk=digest.pk).update(rule=None)
    told(rule, state="merged", carried_by=digest, reason="in_digest", ended_at=NOON if state == "delivered" else None)
    assert of(rule) == expected


def test_what_was_told_before_does_not_count(rule: Rule) -> None:
    told(rule, hours=25, state="delivered", ended_at=NOON)
    assert of(rule) == Told()
    told(rule, hours=23, state="delivered", ended_at=NOON)
    assert of(rule) == Told(told=1)


def test_what_was_numbered_before_an_older_one_counts(rule: Rule) -> None:
    told(rule, hours=20, state="delivered", ended_at=NOON)
    told(rule, hours=21, state="delivered", ended_at=NOON)
    assert of(rule) == Told(told=2)


def test_each_rule_has_its_own(rule: Rule) -> None:
    other = factories.make_rule("Db", [rule.targets.get()], position=20)
    for each in (rule, other, other):
        told(each, state="delivered", ended_at=NOON)
    found = rules.of_rules([rule.pk, other.pk], NOON)
    assert (found[rule.pk].told, found[other.pk].told) == (1, 2)


def test_one_statement_asks_for_all(rule: Rule) -> None:
    others = [factories.make_rule(f"r{number}", position=number) for number in range(5)]
    with Counted() as counted:
        rules.of_rules([rule.pk, *(other.pk for other in others)], NOON)
    assert counted.statements == 1
