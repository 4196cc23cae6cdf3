"""A report as a whole: silences, what is kept of many names, how much it asks the database."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from deliveries.figures.report import counting
from deliveries.models import Occurrence
from routing.models import Silence, Source
from tests import factories
from tests.deliveries.figures.report.history import DAY, HOUR, NOON, fire, flap, reported

pytestmark = pytest.mark.django_db


def silence(begin: float, end: float, matchers: str = "team=db") -> Silence:
    """From so many days before noon until so many."""
    times = {"starts_at": NOON - begin * DAY, "ends_at": NOON - end * DAY}
    return Silence.objects.create(matchers=matchers, author="ann", comment="New disks", **times)


def test_silences_of_more_than_a_day_are_named_the_longest_first() -> None:
    short, long, longer = silence(2, 1.5), silence(3, 1.5), silence(6, 2)
    found = [(line.silence_id, line.hours) for line in reported().silences]
    assert found == [(longer.pk, 96.0), (long.pk, 36.0)]
    assert short.pk not in dict(found)


def test_a_silence_counts_as_far_as_it_is_in_the_report() -> None:
    silence(30, -30)
    [line] = reported().silences
    assert (line.hours, line.is_active) == (168.0, True)


def test_a_long_silence_that_hardly_reaches_into_the_report_is_left_out() -> None:
    silence(30, 6.5)
    assert reported().silences == ()


def test_what_a_silence_kept_back_is_counted(source: Source) -> None:
    quiet = silence(3, 1)
    for days in (8, 2):
        fire(source, NOON - days * DAY)
    Occurrence.objects.update(silence=quiet)
    [line] = reported().silences
    assert (line.kept_back, line.is_active) == (1, False)


def test_the_loudest_names_are_kept(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "_NAMES_KEPT", 1)
    fire(source, NOON - HOUR, "A")
    flap(source, NOON - 5 * HOUR, 2, "B")
    found = reported()
    assert ([line.name for line in found.names], found.is_cut) == (["B"], True)


def test_nothing_happened() -> None:
    found = reported()
    assert (found.is_empty, found.told, found.is_cut) == (True, 0, False)


def test_much_history_needs_no_more_statements(source: Source) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            reported()
        return len(queries)

    silence(3, 1)
    fire(source, NOON - HOUR)
    few = statements()
    for each in range(5):
        flap(source, NOON - 9 * HOUR, 2, f"A{each}")
        factories.make_target(f"t{each}")
        silence(5, each / 10)
    assert few == statements() == 8
