"""From decisions to messages: route per alert, regroup per (rule, target, firing or resolved)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from deliveries import alertmanager
from deliveries.accept import plan
from deliveries.accept.plan import Plan, Unsaid
from routing.rules import matchers, windows
from routing.rules.decision import Route
from routing.rules.silencing import Quiet
from routing.rules.windows import Window
from tests import factories

pytestmark = pytest.mark.anywhere


def route(rule_id: int, *targets: int, severities: tuple[str, ...] = (), match: str = "", **fields: Any) -> Route:
    defaults = {"continues": False, "sends_resolved": True, "is_fallback": False}
    return Route(
        rule_id=rule_id,
        name=f"rule {rule_id}",
        severities=frozenset(severities),
        matchers=matchers.parse(match),
        target_ids=targets,
        **defaults | fields,
    )


NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def planned(
    routes: list[Route],
    *alerts: dict[str, Any],
    unsaid: dict[int, Unsaid] | None = None,
    quiets: tuple[Quiet, ...] = (),
) -> Plan:
    body = json.dumps(factories.payload(*alerts)).encode()
    return plan.plan(alertmanager.read(body).alerts, routes, {}, unsaid or {}, quiets=quiets, now=NOW)


FALLBACK = route(99, 9, is_fallback=True)


def test_mixed_severities_of_one_group_go_to_their_own_rooms() -> None:
    routes = [route(1, 1, severities=("critical",)), route(2, 2, severities=("warning",)), FALLBACK]
    result = planned(routes, factories.alert("A"), factories.alert("B", severity="warning"))
    assert [(message.target_id, message.positions) for message in result.owed] == [(1, [0]), (2, [1])]


def test_firing_and_resolved_become_two_messages_the_firing_first() -> None:
    result = planned([route(1, 1)], factories.alert("A", status="resolved"), factories.alert("B"))
    assert [(message.status, message.positions) for message in result.owed] == [("firing", [1]), ("resolved", [0])]


def test_alerts_of_one_rule_share_one_message() -> None:
    result = planned([route(1, 1)], factories.alert("A"), factories.alert("B"))
    assert [message.positions for message in result.owed] == [[0, 1]]


@pytest.mark.parametrize("statuses", [("firing", "resolved"), ("resolved", "firing")])
def test_a_message_that_is_edited_holds_both_and_fires_while_anything_does(statuses: tuple[str, str]) -> None:
    body = json.dumps(factories.payload(*map(factories.alert, "AB"))).encode()
    alerts = [replace(one, status=status) for one, status in zip(alertmanager.read(body).alerts, statuses, strict=True)]
    edited = plan.plan(alerts, [route(1, 1, 2)], {}, {}, {1}, now=NOW).owed
    assert [(one.target_id, one.status, len(one.positions)) for one in edited] == [
        *[(1, "firing", 2), (2, "firing", 1)],
        (2, "resolved", 1),
    ]


def test_a_message_is_as_severe_as_its_worst_alert() -> None:
    result = planned([route(1, 1)], factories.alert("A", severity="info"), factories.alert("B", severity="critical"))
    assert result.owed[0].severity == "critical"


def test_an_alert_without_severity_reaches_the_fallback() -> None:
    result = planned([route(1, 1, severities=("critical",)), FALLBACK], factories.alert(severity=""))
    assert [message.target_id for message in result.owed] == [9]


def test_a_target_two_rules_name_is_told_once() -> None:
    result = planned([route(1, 1, continues=True), route(2, 1, 2)], factories.alert())
    assert [(message.rule_id, message.target_id) for message in result.owed] == [(1, 1), (2, 2)]


def test_a_rule_whose_targets_were_all_told_says_so() -> None:
    result = planned([route(1, 1, continues=True), route(2, 1)], factories.alert())
    assert [fate.outcome for fate in result.fates] == [plan.OWED, plan.ALREADY_TOLD]


def test_a_third_rule_still_knows_that_the_first_one_told() -> None:
    routes = [route(1, 1, continues=True), route(2, 1, continues=True), route(3, 1)]
    result = planned(routes, factories.alert())
    assert [fate.outcome for fate in result.fates] == [plan.OWED, plan.ALREADY_TOLD, plan.ALREADY_TOLD]


def test_what_one_alert_was_told_says_nothing_of_the_next_one() -> None:
    result = planned([route(1, 1, match="alertname=A"), route(2)], factories.alert("A"), factories.alert("B"))
    assert [fate.outcome for fate in result.fates] == [plan.OWED, plan.UNROUTED]


def test_a_rule_that_does_not_send_resolved_tells_what_fires() -> None:
    alerts = factories.alert("A"), factories.alert("B", status="resolved")
    result = planned([route(1, 1, sends_resolved=False)], *alerts)
    assert [fate.outcome for fate in result.fates] == [plan.OWED, plan.RESOLVED_NOT_WANTED]


def test_resolved_is_told_by_the_rule_that_sends_it_only() -> None:
    routes = [route(1, 1, continues=True, sends_resolved=False), route(2, 2)]
    result = planned(routes, factories.alert(status="resolved"))
    assert [(message.rule_id, message.target_id) for message in result.owed] == [(2, 2)]


def test_resolved_that_is_not_wanted_is_no_telling_kept_back() -> None:
    at_noon = Window("noon", (windows.read("11:00-13:00"),))
    routes = [replace(route(1, 1, sends_resolved=False), muted=(at_noon,))]
    [fate] = planned(routes, factories.alert(status="resolved")).fates
    assert (fate.outcome, fate.silent_until) == (plan.RESOLVED_NOT_WANTED, None)


def test_resolved_that_the_rule_does_not_send_is_recorded_with_the_reason() -> None:
    result = planned([route(1, 1, sends_resolved=False)], factories.alert(status="resolved"))
    assert (result.owed, result.fates[0].outcome) == ([], plan.RESOLVED_NOT_WANTED)


def test_a_rule_without_targets_leaves_the_alert_unrouted_with_the_reason() -> None:
    result = planned([route(1)], factories.alert())
    assert result.fates[0].outcome == plan.UNROUTED


def test_a_stale_alert_is_told_to_nobody() -> None:
    result = planned([route(1, 1)], factories.alert(), unsaid={0: Unsaid(plan.STALE, "late")})
    assert (result.owed, result.fates[0].why) == ([], "late")


@pytest.mark.parametrize(
    ("names", "title"),
    [
        (["A"], "A"),
        (["A", "A"], "A (2)"),
        (["A", "B"], "A, B (2)"),
        (["A", "B", "C", "D", "E"], "A, B, C +2 more (5)"),
        ([""], "(no alert name)"),
        (["A" * 999], "A" * 280),
    ],
)
def test_the_title_names_the_alerts_and_counts_them(names: list[str], title: str) -> None:
    result = planned([route(1, 1)], *(factories.alert(name, instance=str(n)) for n, name in enumerate(names)))
    assert result.owed[0].title == title


def quiet(text: str, hours: int = 1, number: int = 3) -> Quiet:
    start = NOW - timedelta(hours=1)
    return Quiet(number, matchers.parse(text), start, NOW + timedelta(hours=hours), "ann", "New disks")


def test_a_silenced_alert_is_owed_to_nobody() -> None:
    result = planned([route(1, 1)], factories.alert("DiskFull"), quiets=(quiet("alertname=DiskFull"),))
    [fate] = result.fates
    assert (result.owed, fate.outcome, fate.silence_id) == ([], plan.SILENCED, 3)


def test_the_reason_of_a_silenced_alert_says_who_until_when_and_why() -> None:
    [fate] = planned([route(1, 1)], factories.alert(), quiets=(quiet("alertname=DiskFull"),)).fates
    assert fate.why == "Silence S-3 of ann until 2026-11-25 13:00 UTC: New disks"


def test_of_two_silences_the_one_that_ends_last_is_named() -> None:
    both = (quiet("alertname=DiskFull", 1, 3), quiet("severity=critical", 5, 4))
    [fate] = planned([route(1, 1)], factories.alert(), quiets=both).fates
    assert (fate.silence_id, fate.silent_until) == (4, NOW + timedelta(hours=5))


def test_alerts_beside_a_silenced_one_are_owed() -> None:
    alerts = factories.alert("DiskFull"), factories.alert("HostDown")
    result = planned([route(1, 1)], *alerts, quiets=(quiet("alertname=DiskFull"),))
    assert [message.positions for message in result.owed] == [[1]]


def test_what_a_muted_rule_would_tell_is_owed_to_nobody() -> None:
    at_noon = Window("noon", (windows.read("11:00-13:00"),))
    result = planned([replace(route(1, 1), muted=(at_noon,))], factories.alert())
    [fate] = result.fates
    assert (result.owed, fate.outcome) == ([], plan.MUTED)
    assert fate.why == 'Rule "rule 1" is muted by window "noon": it takes every alert'
