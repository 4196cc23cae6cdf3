"""What is told of troubles: each at most once in a while, its end only if it was told, nobody about itself."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deliveries import troubles
from deliveries.troubles import Finding, Key, Known, News, TroubleKind
from deliveries.troubles.news import NOTICES_APART, TOLD_AGAIN_AFTER
from tests.conftest import NOW

pytestmark = pytest.mark.anywhere

LISTENER, OTHER = 7, 8


def wrong(subject: str = "h:1", kind: TroubleKind = TroubleKind.WORKER, **fields: Any) -> Finding:
    return replace(Finding(kind, subject, NOW, "It is wrong.", "Mend it.", "/admin/"), **fields)


def known(subject: str = "h:1", kind: TroubleKind = TroubleKind.WORKER, **fields: Any) -> Known:
    return replace(Known(1, kind, subject, NOW), **fields)


def decide(
    rows: Collection[Known], *findings: Finding, after: timedelta = timedelta(0), listeners: Any = (LISTENER,)
) -> News:
    return troubles.news(list(rows), {each.key: each for each in findings}, listeners, NOW + after)


def told(news: News) -> list[str]:
    return [*(each.subject for each in news.tell), *(f"over {each.subject}" for each in news.over)]


def test_what_is_new_begins_and_is_told() -> None:
    news = decide([], wrong())
    assert (len(news.begin), told(news)) == (1, ["h:1"])


def test_what_goes_on_is_not_told_again() -> None:
    news = decide([known(told_at=NOW)], wrong(), after=timedelta(days=9))
    assert [*news.begin, *news.end, *news.tell, *news.over] == []


def test_what_is_over_ends_and_that_is_told() -> None:
    news = decide([known(told_at=NOW)], after=timedelta(minutes=1))
    assert (len(news.end), told(news)) == (1, ["over h:1"])


def test_the_end_of_what_was_not_told_is_not_told() -> None:
    news = decide([known()], after=timedelta(minutes=1))
    assert (len(news.end), told(news)) == (1, [])


@pytest.mark.parametrize(("minutes", "again"), [(14, []), (15, ["h:1"])])
def test_what_comes_back_is_told_after_fifteen_minutes(minutes: int, again: list[str]) -> None:
    rows = [known(told_at=NOW, ended_at=NOW + timedelta(minutes=1)), known(id=2, since=NOW + timedelta(minutes=2))]
    assert told(decide(rows, wrong(), after=timedelta(minutes=minutes))) == again


def test_what_was_done_on_purpose_is_told_once_a_day() -> None:
    on_purpose = wrong(again_after=timedelta(days=1))
    days = [decide([known(told_at=NOW)], on_purpose, after=timedelta(hours=hours)) for hours in (23, 24)]
    assert [told(news) for news in days] == [[], ["h:1"]]


def test_notices_keep_their_distance() -> None:
    rows = [known(told_at=NOW)]
    soon, later = (decide(rows, wrong(), wrong("h:2"), after=after) for after in (NOTICES_APART / 2, NOTICES_APART))
    assert (told(soon), told(later)) == ([], ["h:2"])
    assert [each.subject for each in soon.begin] == ["h:2"]


def test_what_was_told_stays_open_until_its_end_can_be_told() -> None:
    rows = [known(told_at=NOW)]
    soon, later = (decide(rows, after=after) for after in (NOTICES_APART / 2, NOTICES_APART))
    assert ([*soon.end], [each.subject for each in later.end]) == ([], ["h:1"])


def test_a_target_is_never_told_about_itself() -> None:
    itself = wrong("ops", TroubleKind.TARGET, about=LISTENER)
    news = decide([], itself)
    assert (len(news.begin), told(news)) == (1, [])
    assert told(decide([], itself, listeners=(LISTENER, OTHER))) == ["ops"]


def test_the_end_of_what_nobody_can_hear_any_more_is_recorded() -> None:
    row = known("ops", TroubleKind.TARGET, about=LISTENER, told_at=NOW)
    news = decide([row], after=timedelta(minutes=1))
    assert (len(news.end), told(news)) == (1, [])


def test_what_nobody_could_hear_is_told_when_somebody_can() -> None:
    assert told(decide([known()], wrong(), listeners=())) == []
    assert told(decide([known()], wrong(), after=timedelta(hours=1))) == ["h:1"]


def test_a_clock_that_was_set_back_does_not_silence() -> None:
    rows = [known(told_at=NOW + timedelta(hours=1))]
    assert told(decide(rows, wrong(), wrong("h:2"))) == ["h:2"]


# --- Any course of things ------------------------------------------------------------------------------------------
SUBJECTS = {"a": None, "b": LISTENER, "c": OTHER}
Step = tuple[int, frozenset[str], frozenset[int]]
STEPS: st.SearchStrategy[list[Step]] = st.lists(
    st.tuples(
        st.integers(5, 400), st.frozensets(st.sampled_from(list(SUBJECTS))), st.frozensets(st.sampled_from([LISTENER, OTHER]))
    ),
    max_size=40,
)  # fmt: skip


class Book:
    """The rows as the watch keeps them."""

    def __init__(self) -> None:
        self.rows: list[Known] = []
        self.notices: list[datetime] = []
        self.told: list[tuple[Key, datetime]] = []
        self.ends: list[Key] = []

    def step(self, now: datetime, wrong_ones: Collection[str], listeners: Collection[int]) -> News:
        findings = [wrong(subject, TroubleKind.TARGET, about=SUBJECTS[subject]) for subject in wrong_ones]
        lately = [row for row in self.rows if row.ended_at is None or row.ended_at >= now - troubles.REMEMBERED]
        news = troubles.news(lately, {each.key: each for each in findings}, listeners, now)
        telling = {each.key for each in news.tell}
        for finding in news.begin:
            self.rows.append(
                Known(len(self.rows), finding.kind, finding.subject, now, about=finding.about)
            )  # fmt: skip
        ending = {each.id for each in news.end}
        for place, row in enumerate(self.rows):
            if row.ended_at is None and row.id in ending:
                self.rows[place] = replace(row, ended_at=now)
            elif row.ended_at is None and row.key in telling:
                self.rows[place] = replace(row, told_at=now)
        self.told += [(key, now) for key in telling]
        self.ends += [each.key for each in news.over]
        self.notices += [now] if news.tell or news.over else []
        return news


def play(steps: list[Step]) -> tuple[Book, list[News]]:
    book, now, course = Book(), NOW, []
    for seconds, wrong_ones, listeners in steps:
        now += timedelta(seconds=seconds)
        course.append(book.step(now, wrong_ones, listeners))
    return book, course


@given(STEPS)
def test_no_trouble_is_told_twice_in_fifteen_minutes(steps: list[Step]) -> None:
    book, _ = play(steps)
    for key in {key for key, _ in book.told}:
        moments = [at for each, at in book.told if each == key]
        assert all(later - former >= TOLD_AGAIN_AFTER for former, later in pairwise(moments))


@given(STEPS)
def test_notices_are_never_closer_than_their_distance(steps: list[Step]) -> None:
    moments = play(steps)[0].notices
    assert all(later - former >= NOTICES_APART for former, later in pairwise(moments))


@given(STEPS)
def test_no_end_is_told_without_its_beginning(steps: list[Step]) -> None:
    book, _ = play(steps)
    for key in set(book.ends):
        assert book.ends.count(key) <= [each for each, _ in book.told].count(key)


@given(STEPS)
def test_a_trouble_is_open_once_at_most(steps: list[Step]) -> None:
    book = Book()
    now = NOW
    for seconds, wrong_ones, listeners in steps:
        now += timedelta(seconds=seconds)
        book.step(now, wrong_ones, listeners)
        still = [row.key for row in book.rows if row.ended_at is None]
        assert len(still) == len(set(still))
        assert {subject for _, subject in still} >= set(wrong_ones)


@given(STEPS)
def test_whatever_is_told_somebody_else_can_hear(steps: list[Step]) -> None:
    _, course = play(steps)
    for (_, _, listeners), news in zip(steps, course, strict=True):
        subjects: list[Finding | Known] = [*news.tell, *news.over]
        assert all(listeners - {each.about} for each in subjects)
