"""What a template is given: as much of a story as it can work with, and never too much of one alert."""

from __future__ import annotations

from datetime import timedelta

import pytest

from deliveries.templating.context import context_of
from tests.deliveries.stories import START, a_story, an_alert

pytestmark = pytest.mark.anywhere


def of_size(characters: int) -> dict[str, str]:
    """Labels of so many characters, their names among them."""
    return {f"{place:06}": "x" * (min(2_000, characters - place) - 6) for place in range(0, characters, 2_000)}


def test_many_alerts_are_counted_and_two_hundred_are_given() -> None:
    context = context_of(a_story(*[an_alert()] * 201))
    assert (len(context["alerts"]), context["count"]) == (200, 201)


@pytest.mark.parametrize(("second", "given"), [(250_000, 2), (250_007, 1)])
def test_of_enormous_alerts_those_are_given_that_fit(second: int, given: int) -> None:
    alerts = [an_alert(labels=of_size(each), annotations={}) for each in (250_000, second)]
    assert len(context_of(a_story(*alerts))["alerts"]) == given


def test_the_first_alert_is_given_however_large_it_is() -> None:
    enormous = {f"label{each}": "x" * 4_000 for each in range(200)}
    context = context_of(a_story(an_alert(labels=enormous), an_alert()))
    assert [len(alert["labels"]) for alert in context["alerts"]] == [200]


def test_only_what_all_alerts_share_is_common() -> None:
    alerts = [an_alert(labels={"team": "db", "instance": name}, annotations={"summary": "Full"}) for name in "aab"]
    context = context_of(a_story(*alerts))
    assert (context["labels"], context["annotations"]) == ({"team": "db"}, {"summary": "Full"})


def test_a_story_without_alerts_has_nothing_in_common() -> None:
    context = context_of(a_story(alerts=()))
    assert (context["labels"], context["annotations"], context["alerts"]) == ({}, {}, [])


def test_what_fires_and_what_is_over_are_given_apart() -> None:
    over = an_alert(status="resolved", labels={"alertname": "Over"}, ends_at=START + timedelta(minutes=29))
    context = context_of(a_story(an_alert(), over))
    names = [[alert["name"] for alert in context[which]] for which in ("alerts", "firing", "resolved")]
    assert names == [["DiskFull", "Over"], ["DiskFull"], ["Over"]]


def test_an_alert_says_when_it_was_and_how_long() -> None:
    over = an_alert(status="resolved", ends_at=START + timedelta(minutes=29))
    times = [
        [alert[name] for name in ("starts_at", "ends_at", "lasted")]
        for alert in context_of(a_story(an_alert(), over))["alerts"]
    ]
    assert times == [["2026-11-23 14:02 UTC", "", "2 h 4 m"], ["2026-11-23 14:02 UTC", "2026-11-23 14:31 UTC", "29 m"]]
