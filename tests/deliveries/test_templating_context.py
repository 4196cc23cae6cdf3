"""What a template is given: as much of a story as it can work with, and never too much of one alert."""

from __future__ import annotations

import pytest

from deliveries.templating.context import context_of
from tests.deliveries.stories import a_story, an_alert

pytestmark = pytest.mark.anywhere


def big(number: int) -> dict[str, str]:
    """Labels of some 120,000 characters."""
    return {f"label{each}": f"{number}".ljust(4_000, "x") for each in range(30)}


def test_many_alerts_are_counted_and_two_hundred_are_given() -> None:
    context = context_of(a_story(*[an_alert()] * 201))
    assert (len(context["alerts"]), context["count"]) == (200, 201)


def test_of_enormous_alerts_those_are_given_that_fit() -> None:
    context = context_of(a_story(*(an_alert(labels=big(number)) for number in range(10))))
    assert [alert["labels"]["label0"][0] for alert in context["alerts"]] == ["0", "1", "2", "3"]


def test_the_first_alert_is_given_however_large_it_is() -> None:
    enormous = {f"label{each}": "x" * 4_000 for each in range(200)}
    context = context_of(a_story(an_alert(labels=enormous), an_alert()))
    assert [len(alert["labels"]) for alert in context["alerts"]] == [200]


def test_only_what_all_alerts_share_is_common() -> None:
    alerts = [an_alert(labels={"team": "db", "instance": name}, annotations={"summary": "Full"}) for name in "ab"]
    context = context_of(a_story(*alerts))
    assert (context["labels"], context["annotations"]) == ({"team": "db"}, {"summary": "Full"})


def test_a_story_without_alerts_has_nothing_in_common() -> None:
    context = context_of(a_story(alerts=()))
    assert (context["labels"], context["annotations"], context["alerts"]) == ({}, {}, [])
