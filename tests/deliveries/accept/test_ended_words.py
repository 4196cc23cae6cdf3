"""The words for what ended, where something old is told only now: by values alone."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from deliveries.accept import ended
from routing.rules.matchers import parse
from routing.rules.silencing import Quiet
from routing.rules.windows import Window, read
from tests.deliveries.stories import NOW, an_alert
from tests.routing.rules.routes import route

HOUR = timedelta(hours=1)
BEFORE = NOW - 2 * HOUR


def quiet(number: int, ends_at: datetime, matchers: str = "", comment: str = "New disks") -> Quiet:
    return Quiet(number, parse(matchers), NOW - timedelta(days=1), ends_at, "ann", comment)


def test_of_the_silences_that_covered_it_the_last_to_end_is_named() -> None:
    quiets = [quiet(1, NOW - HOUR / 2), quiet(2, NOW - HOUR), quiet(3, NOW - 3 * HOUR), quiet(4, NOW + HOUR)]
    assert ended.silence({}, quiets, BEFORE, NOW) == "Silence S-1 of ann (New disks) ended"


@pytest.mark.parametrize(
    ("comment", "shown"), [("", ""), ("  New \n disks", " (New disks)"), ("x" * 100, f" ({'x' * 100})"), ("x" * 101, f" ({'x' * 99}…)")]
)  # fmt: skip
def test_a_comment_is_told_in_one_short_line(comment: str, shown: str) -> None:
    assert ended.silence({}, [quiet(2, NOW, comment=comment)], BEFORE, NOW) == f"Silence S-2 of ann{shown} ended"


def test_a_silence_of_other_alerts_is_not_named() -> None:
    assert ended.silence({"team": "db"}, [quiet(1, NOW, "team=web")], BEFORE, NOW) == "No silence covers it any more"


LUNCH, TEA = Window("lunch", (read("12:00-15:00"),)), Window("tea", (read("13:00-16:00"),))
EVENING, NIGHT = Window("evening", (read("16:00-20:00"),)), Window("night", (read("20:00-24:00"),))


@pytest.mark.parametrize(
    ("muted", "active", "said"),
    [
        ((LUNCH,), (), 'Window "lunch" ended'),
        ((LUNCH, TEA), (), 'Windows "lunch", "tea" ended'),
        ((), (EVENING,), 'Window "evening" began'),
        ((EVENING,), (LUNCH,), 'Rule "rule 1" is silent no more'),
        ((NIGHT,), (NIGHT,), 'Rule "rule 1" is silent no more'),
    ],
)
def test_what_the_windows_of_its_rule_did_is_named(
    muted: tuple[Window, ...], active: tuple[Window, ...], said: str
) -> None:
    assert ended.window(route(1, muted=muted, active=active), [BEFORE], NOW) == said


def test_of_several_moments_the_first_that_shows_a_difference_counts() -> None:
    assert ended.window(route(1, muted=(LUNCH,)), [NOW - timedelta(minutes=1), BEFORE], NOW) == 'Window "lunch" ended'


def test_a_rule_that_is_gone_is_silent_no_more() -> None:
    assert ended.window(None, [BEFORE], NOW) == "Its rule is silent no more"


@pytest.mark.parametrize("until", [NOW, NOW + HOUR])
def test_it_was_kept_back_a_moment_before_its_end_or_before_now(until: datetime) -> None:
    assert ended.before(until, NOW) == NOW - timedelta(seconds=1)


def test_each_cause_is_told_once_and_two_of_many() -> None:
    told = ended.note(["A ended", "B ended", "A ended", "C ended", "D ended"], [an_alert()], NOW)
    assert told == "A ended; B ended; and 2 more; still firing since 14:02 UTC."


def test_without_a_cause_nothing_is_said() -> None:
    assert ended.note([], [an_alert()], NOW) == ""


def test_alerts_without_a_start_still_fire() -> None:
    assert ended.note(["A ended"], [an_alert(starts_at=None)], NOW) == "A ended; still firing."


def test_of_several_starts_the_first_is_told() -> None:
    alerts = [an_alert(), an_alert(starts_at=NOW - timedelta(minutes=7))]
    assert ended.note(["A ended"], alerts, NOW) == "A ended; still firing, the first since 14:02 UTC."


@pytest.mark.parametrize(
    ("seconds", "said"), [(60, ""), (7200, "It came at 14:07 UTC and could not be routed until now.")]
)
def test_what_could_not_be_routed_for_long_says_when_it_came(seconds: int, said: str) -> None:
    assert ended.unread(NOW - timedelta(seconds=seconds), NOW) == said
