"""The small marks of every page: moments that say all of themselves, severities that are told apart without colour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from django.utils.html import strip_tags

from routing.admin import marks

pytestmark = pytest.mark.anywhere
AT = datetime(2026, 11, 28, 11, 22, 33, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "read"),
    [
        (AT + timedelta(hours=2), "11:22:33"),
        (AT + timedelta(days=2), "28 Nov 11:22:33"),
        (AT + timedelta(days=60), "28 Nov 2026 11:22:33"),
    ],
    ids=["today", "another day", "another year"],
)
def test_a_moment_in_a_sentence_has_its_date_and_year_where_they_differ(now: datetime, read: str) -> None:
    assert strip_tags(marks.clock(AT, now)) == read


def test_a_moment_as_text_names_its_zone() -> None:
    with timezone.override("Europe/Berlin"):
        assert marks.said(AT, AT) == "12:22:33 CET"


def test_an_unknown_moment_is_called_so() -> None:
    assert marks.clock(None, AT) == "an unknown time"


@pytest.mark.parametrize(("brief", "read"), [(True, "28 Nov 11:22"), (False, "28 Nov 11:22:33")])
def test_a_moment_alone_has_its_date(monkeypatch: pytest.MonkeyPatch, brief: bool, read: str) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)
    assert strip_tags(marks.moment(AT, brief=brief)) == read


def test_no_moment_is_a_dash() -> None:
    assert marks.moment(None) == marks.NOTHING


def test_hovering_says_the_whole_moment_in_the_zone_of_the_server_and_in_utc() -> None:
    with timezone.override("Europe/Berlin"):
        whole = 'title="Saturday, 28 November 2026, 12:22:33 CET (2026-11-28 11:22:33 UTC)"'
        assert whole in marks.moment(AT)


def test_hovering_says_utc_once() -> None:
    assert 'title="Saturday, 28 November 2026, 11:22:33 UTC"' in marks.moment(AT)


def test_a_script_finds_the_moment_and_its_form() -> None:
    assert '<time class="ah-moment" datetime="2026-11-28T11:22:33+00:00" data-form="brief"' in marks.moment(
        AT, brief=True
    )


@pytest.mark.parametrize(
    ("word", "marked"), [("critical", "ah-red ah-critical"), ("warning", "ah-orange ah-warning"), ("none", "ah-plain")]
)
def test_a_severity_has_a_mark_of_its_own(word: str, marked: str) -> None:
    assert f'class="ah-badge {marked}"' in str(marks.severity(word))


def test_a_severity_that_is_not_known_is_only_a_word() -> None:
    assert marks.severity('"><script>') == '<span class="ah-badge ah-plain" title="">&quot;&gt;&lt;script&gt;</span>'


def test_sentences_are_escaped_and_those_that_are_empty_left_out() -> None:
    assert marks.sentences("<b>", "", marks.code("x")) == '&lt;b&gt; <code class="ah-code">x</code>'
