"""What to mend first: sentences made from figures, the worst first."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from deliveries.figures.report import advice
from deliveries.figures.report.values import (
    Course,
    NameLine,
    Report,
    RuleLine,
    SeverityLine,
    SilenceLine,
    Spread,
    TargetLine,
)
from tests.deliveries.figures.report.history import DAY, NOON

NOTHING = Report(NOON - 7 * DAY, NOON, 7, "UTC", (0,) * 24, (), (), (), (), ())
ACKNOWLEDGED = SeverityLine("warning", Course(firings=20, alerts=20, acknowledged=15))


def sentences(**parts: Any) -> list[str]:
    return [one.sentence for one in advice.of(replace(NOTHING, **parts))]


def name(name: str = "HighLatency", told: int = 0, at_night: int = 0, **course: Any) -> NameLine:
    return NameLine(name, told, at_night, 1, Course(**{"firings": told, "alerts": told, "acknowledged": 1} | course))


def test_nothing_stands_out() -> None:
    assert sentences() == []


def test_what_is_told_all_the_time_by_night_and_nobody_acknowledges() -> None:
    noisy = name(told=214, at_night=171, acknowledged=0)
    assert sentences(names=(noisy,), severities=(ACKNOWLEDGED,)) == [
        "HighLatency was told 214 times in 7 days, 80% of them at night, and nobody acknowledged it: "
        "raise its threshold, silence it or route it elsewhere."
    ]


def test_where_nobody_acknowledges_anything_it_is_held_against_no_alert() -> None:
    [said] = sentences(names=(name(told=214, acknowledged=0),))
    assert "nobody" not in said


@pytest.mark.parametrize(("told", "said"), [(13, False), (14, True)])
def test_two_times_a_day_are_often(told: int, said: bool) -> None:
    assert bool(sentences(names=(name(told=told),))) is said


@pytest.mark.parametrize(("at_night", "said"), [(2, False), (3, True)])
def test_what_wakes_people_now_and_then_is_said(at_night: int, said: bool) -> None:
    assert bool(sentences(names=(name(told=5, at_night=at_night),))) is said


def test_what_can_wait_gets_a_window() -> None:
    [said] = sentences(names=(name(told=5, at_night=5),))
    assert said == (
        "HighLatency was told 5 times at night in 7 days: if it can wait until the morning, give its rule a time window."
    )


def test_what_flaps_is_said() -> None:
    line = name(firings=48, alerts=2, to_resolve=Spread(47, 180.0, 600.0))
    assert sentences(names=(line,)) == [
        "HighLatency fired 48 times in 7 days and was resolved again, mostly within 3 min: "
        "let it hold longer before it fires, or raise its threshold."
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"alerts": 17},
        {"firings": 4, "alerts": 1},
        {"to_resolve": Spread(47, 3_601.0, 9_000.0)},
        {"to_resolve": Spread()},
    ],
)
def test_what_fires_seldom_or_long_does_not_flap(changes: dict[str, Any]) -> None:
    course: dict[str, Any] = {"firings": 48, "alerts": 2, "to_resolve": Spread(47, 180.0, 600.0)} | changes
    assert not name(**course).flaps


def test_messages_that_did_not_arrive_come_first() -> None:
    target = TargetLine(3, "ops", delivered=90, undelivered=10)
    [first, second] = sentences(targets=(target,), names=(name(told=60),))
    assert first == "ops did not get 10 of 100 messages in 7 days: its page says what to mend."
    assert second.startswith("HighLatency")


def test_late_targets_are_one_sentence() -> None:
    targets = tuple(TargetLine(each, f"t{each}", delivered=9, p95=60.0 * each) for each in (1, 2, 3))
    assert sentences(targets=targets) == [
        "t3 gets messages late, 5 of 100 after 3 min or more, and so does 1 more: look at rate limits and answers."
    ]


def test_several_others_are_late() -> None:
    targets = tuple(TargetLine(each, f"t{each}", delivered=9, p95=60.0 * each) for each in (2, 3, 4))
    assert "and so do 2 more" in sentences(targets=targets)[0]


def test_of_targets_that_are_gone_nothing_can_be_mended() -> None:
    assert sentences(targets=(TargetLine(None, "(deleted)", undelivered=9, p95=999.0),)) == []


@pytest.mark.parametrize(("told", "said"), [(6, False), (7, True)])
def test_what_only_the_fallback_rule_told_is_said(told: int, said: bool) -> None:
    assert bool(sentences(rules=(RuleLine(1, "fallback", told, 0, is_fallback=True),))) is said


def test_another_rule_may_tell_much() -> None:
    assert sentences(rules=(RuleLine(1, "all", 99, 0),)) == []


def quiet(**changes: Any) -> SilenceLine:
    return replace(SilenceLine(2, "ann", "New disks", "a=b", 216.0, 120, NOON, is_active=True), **changes)


def test_a_silence_without_an_end_is_said() -> None:
    assert sentences(silences=(quiet(),)) == [
        "S-2 of ann has lasted 9 days and kept back 120 tellings: mend the cause, or let a rule only record it."
    ]


@pytest.mark.parametrize("changes", [{"is_active": False}, {"hours": 71.9}])
def test_a_silence_that_is_over_or_young_is_left_alone(changes: dict[str, Any]) -> None:
    assert sentences(silences=(quiet(**changes),)) == []


def critical(**changes: Any) -> SeverityLine:
    return SeverityLine("critical", Course(**{"firings": 40, "alerts": 40, "acknowledged": 4} | changes))


def test_critical_alerts_that_nobody_is_at_are_said() -> None:
    assert sentences(severities=(critical(),)) == [
        "Critical alerts fired 40 times and only 4 of them were acknowledged: agree on who is at them."
    ]


def test_none_of_the_critical_ones_was_acknowledged() -> None:
    [said] = sentences(severities=(critical(acknowledged=0), ACKNOWLEDGED))
    assert "none of them" in said


@pytest.mark.parametrize("changes", [{"acknowledged": 20}, {"firings": 4, "acknowledged": 1}])
def test_half_of_them_is_enough(changes: dict[str, Any]) -> None:
    assert sentences(severities=(critical(**changes),)) == []


def test_at_most_five_things_are_named_each_once() -> None:
    flapping = Spread(300, 60.0, 60.0)
    names = tuple(name(f"A{each}", told=100 + each, firings=300, alerts=1, to_resolve=flapping) for each in range(7))
    said = sentences(names=names)
    assert [one.split()[0] for one in said] == ["A0", "A1", "A2", "A3", "A4"]


def test_a_long_name_is_cut() -> None:
    [said] = sentences(names=(name("x" * 300, told=99),))
    assert said.startswith(f"{'x' * 79}… was told")


def test_an_alert_without_a_name_is_called_so() -> None:
    assert sentences(names=(name("", told=99),))[0].startswith("An alert without a name was told")
