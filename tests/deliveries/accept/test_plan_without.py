"""A plan without what an earlier notification has told already."""

from __future__ import annotations

import json
from collections.abc import Collection

import pytest

from deliveries import alertmanager
from deliveries.accept import plan
from deliveries.accept.plan import Plan
from routing.rules.decision import Route
from tests import factories
from tests.deliveries.accept.test_plan import NOW, route

pytestmark = pytest.mark.anywhere

ALERTS = alertmanager.read(json.dumps(factories.payload(*map(factories.alert, "ABC"))).encode()).alerts
WHY = "it is told in the thread"


def without(*unwanted: tuple[int, int], routes: Collection[Route] = (route(1, 7, 8),)) -> Plan:
    planned = plan.plan(ALERTS, list(routes), {}, {}, now=NOW)
    return plan.without(planned, ALERTS, set(unwanted), WHY)


def owed(result: Plan) -> list[tuple[int, list[int], str]]:
    return [(message.target_id, message.positions, message.title) for message in result.owed]


def test_a_message_loses_what_its_target_knows_and_is_called_by_the_rest() -> None:
    assert owed(without((0, 7), (2, 7))) == [(7, [1], "B"), (8, [0, 1, 2], "A, B, C (3)")]


def test_a_message_of_which_all_is_known_is_not_owed() -> None:
    assert owed(without((0, 7), (1, 7), (2, 7))) == [(8, [0, 1, 2], "A, B, C (3)")]


def test_what_is_known_is_owed_no_more_and_says_why() -> None:
    result = without((1, 7))
    known = [fate for fate in result.fates if fate.outcome == plan.KNOWN]
    assert [(fate.position, fate.owed, fate.why) for fate in known] == [(1, None, WHY)]


def test_what_is_not_known_keeps_its_fate() -> None:
    result = without((1, 7))
    told = [(fate.position, fate.owed.target_id) for fate in result.fates if fate.owed]
    assert told == [(0, 7), (0, 8), (1, 8), (2, 7), (2, 8)]
    assert {fate.outcome for fate in result.fates if fate.owed} == {plan.OWED}


def test_what_nobody_was_owed_is_not_known_now() -> None:
    routes = [route(1, 7, match="alertname=A", continues=True), route(2)]
    result = without((0, 7), (1, 7), routes=routes)
    assert [fate.outcome for fate in result.fates] == [plan.KNOWN, plan.ALREADY_TOLD, plan.UNROUTED, plan.UNROUTED]


def test_without_anything_known_the_plan_stays_as_it_is() -> None:
    planned = plan.plan(ALERTS, [route(1, 7)], {}, {}, now=NOW)
    assert plan.without(planned, ALERTS, set(), WHY) is planned
