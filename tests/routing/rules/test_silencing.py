"""Which silence covers an alert, and which would cover all of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from routing.rules import matchers, silencing
from routing.rules.silencing import Quiet

pytestmark = pytest.mark.anywhere
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def quiet(text: str, number: int = 3, hours: int = 1) -> Quiet:
    return Quiet(number, matchers.parse(text), NOW, NOW + timedelta(hours=hours), "ann", "New disks")


@pytest.mark.parametrize(
    ("text", "is_everything"),
    [
        ('env!="dev"', True),
        ('env!="dev"\nteam=~".*"', True),
        ('team="db"', False),
        # One that asks for something is enough, whatever stands beside it.
        ('env!="dev"\nteam="db"', False),
        ('team="db"\nenv!="dev"', False),
    ],
)
def test_a_silence_covers_everything_if_no_matcher_asks_for_a_label(text: str, is_everything: bool) -> None:
    assert silencing.covers_everything(matchers.parse(text)) is is_everything


@pytest.mark.parametrize(
    ("labels", "is_covered"),
    [({"team": "db", "env": "prod"}, True), ({"team": "db"}, False), ({"env": "prod"}, False), ({}, False)],
)
def test_all_matchers_of_a_silence_must_fit(labels: dict[str, str], is_covered: bool) -> None:
    assert quiet("team=db\nenv=prod").covers(labels, NOW) is is_covered


@pytest.mark.parametrize(
    ("moment", "is_covered"),
    [
        (NOW - timedelta(microseconds=1), False),
        (NOW, True),
        (NOW + timedelta(minutes=59), True),
        (NOW + timedelta(hours=1), False),
    ],
)
def test_a_silence_covers_from_its_start_until_before_its_end(moment: datetime, is_covered: bool) -> None:
    assert quiet("team=db").covers({"team": "db"}, moment) is is_covered


def test_of_those_that_cover_the_one_that_ends_last_counts() -> None:
    quiets = [quiet("team=db", 1, 2), quiet("team=db", 2, 5), quiet("team=db", 3, 1), quiet("team=web", 4, 9)]
    covering = silencing.covering({"team": "db"}, quiets, NOW)
    assert covering is quiets[1]
