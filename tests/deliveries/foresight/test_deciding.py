"""What deciding costs, for people who write rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import count
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from deliveries.foresight import deciding
from deliveries.foresight.deciding import Cost
from routing import rulebook
from routing.rules import decision
from tests import factories

pytestmark = pytest.mark.django_db


def clock(seconds: float) -> Iterator[float]:
    """One that goes on by so much at each look, and began long ago."""
    return (1000 + step * seconds for step in count())


def test_it_says_with_how_much_an_alert_is_compared() -> None:
    now = timezone.now()
    factories.make_rule("a", matchers="team=db\nenv=prod")
    factories.make_rule("b", matchers="team=web", position=20)
    factories.make_silence("team=none", now)
    assert deciding.cost(rulebook.current(), now) == Cost(None, rules=3, matchers=4, silences=1)


def test_the_newest_alerts_are_decided_again(now: datetime) -> None:
    factories.owed(factories.make_source(), now, *(factories.alert("A", instance=str(n)) for n in range(3)))
    ticks = clock(0.01)
    # Looked at first, after each of three, and once more at the end.
    assert deciding.cost(rulebook.current(), now, lambda: next(ticks)).seconds == pytest.approx(0.04 / 3)


def test_slow_rules_do_not_keep_the_page_waiting(now: datetime) -> None:
    factories.owed(factories.make_source(), now, *(factories.alert("A", instance=str(n)) for n in range(3)))
    ticks = clock(1.0)
    assert deciding.cost(rulebook.current(), now, lambda: next(ticks)).seconds == 2.0
    assert next(ticks) == 1003.0


def test_a_fifth_of_a_second_is_not_too_long(now: datetime) -> None:
    factories.owed(factories.make_source(), now, *(factories.alert("A", instance=str(n)) for n in range(3)))
    # Begun; after one it is not too long yet, after two it is; and the look at the end.
    ticks = iter((0.0, 0.2, 0.5, 0.7))
    assert deciding.cost(rulebook.current(), now, lambda: next(ticks)).seconds == 0.35


def test_what_a_silence_covers_is_not_decided(monkeypatch: pytest.MonkeyPatch) -> None:
    now, decided, decide = timezone.now(), [], decision.decide
    factories.owed(factories.make_source(), now, factories.alert("A"), factories.alert("B"))
    factories.make_silence("alertname=A", now)

    def counted(labels: Mapping[str, str], *given: Any) -> Any:
        decided.append(labels["alertname"])
        return decide(labels, *given)

    monkeypatch.setattr(decision, "decide", counted)
    deciding.cost(rulebook.current(), now)
    assert decided == ["B"]


@pytest.mark.parametrize(
    ("cost", "said"),
    [
        (Cost(None, 1, 1, 0), "An alert is compared with at most 1 matcher of 1 rule."),
        (Cost(0.00002, 2, 3, 1), "An alert is compared with at most 3 matchers of 2 rules and 1 silence: less than 0.1 ms each for the newest."),
        (Cost(0.0034, 1200, 9000, 2), "An alert is compared with at most 9,000 matchers of 1,200 rules and 2 silences: 3.4 ms each for the newest."),
        (Cost(0.0001, 2, 3, 0), "An alert is compared with at most 3 matchers of 2 rules: 0.1 ms each for the newest."),
        (Cost(0.01, 2, 3, 0), "An alert is compared with at most 3 matchers of 2 rules: 10 ms each for the newest."),
        (Cost(1.5, 2, 3, 0), "An alert is compared with at most 3 matchers of 2 rules: 1,500 ms each for the newest."),
    ],
)  # fmt: skip
def test_it_reads_well(cost: Cost, said: str) -> None:
    assert str(cost) == said


def test_the_list_of_rules_shows_it(client: Client) -> None:
    client.force_login(User.objects.create_superuser("ann", "", "x"))
    assert "An alert is compared with at most 0 matchers of 1 rule." in client.get("/admin/routing/rule/").text
