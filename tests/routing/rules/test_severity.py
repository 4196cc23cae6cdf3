"""Severity: what is folded, what has another name, what stays as it is."""

from __future__ import annotations

import importlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.rules.severity import ORDER, fold, folded, rank, severity_of

USUAL_WORDS = importlib.import_module("routing.migrations.0002_fallback_and_severity_words").USUAL_WORDS


@pytest.mark.parametrize(
    ("written", "severity"),
    [
        ("critical", "critical"),
        (" CRITICAL\n", "critical"),
        ("Crit", "critical"),
        ("page", "critical"),
        ("P1", "critical"),
        ("error", "critical"),
        ("warn", "warning"),
        ("Ticket", "warning"),
        ("notice", "info"),
        ("none", "info"),
        ("Purple", "purple"),
        ("1", "1"),
        ("", ""),
        ("  ", ""),
    ],
)
def test_default_severity(written: str, severity: str) -> None:
    assert severity_of({"severity": written}, USUAL_WORDS) == severity


def test_an_alert_without_the_label_has_no_severity() -> None:
    assert severity_of({"Severity": "critical"}, USUAL_WORDS) == ""


def test_the_table_may_be_written_in_any_case() -> None:
    assert severity_of({"severity": "p1"}, folded({" P1 ": "Critical "})) == "critical"


def test_an_exact_entry_wins_over_one_in_another_case() -> None:
    assert severity_of({"severity": "P1"}, folded({"P1": "info", "p1": "critical"})) == "critical"


def test_admins_may_give_a_known_severity_another_meaning() -> None:
    assert severity_of({"severity": "info"}, {"info": "warning"}) == "warning"


def test_an_alias_of_an_alias_is_not_followed() -> None:
    assert severity_of({"severity": "a"}, {"a": "b", "b": "a"}) == "b"


def test_the_first_label_that_the_alert_has_counts() -> None:
    names = ["severity", "level", "priority"]
    assert severity_of({"priority": "P1", "level": "Info"}, {"p1": "critical"}, names) == "info"


def test_an_empty_label_says_nothing() -> None:
    assert severity_of({"severity": " ", "priority": "P1"}, {"p1": "critical"}, ["severity", "priority"]) == "critical"


def test_only_the_labels_that_are_named_count() -> None:
    assert severity_of({"priority": "critical"}, {}) == ""


def test_the_usual_words_lead_to_known_severities_and_hide_none() -> None:
    assert set(USUAL_WORDS.values()) == set(ORDER)
    assert not set(USUAL_WORDS) & set(ORDER)


def test_the_usual_words_are_written_folded() -> None:
    assert [word for word in USUAL_WORDS if fold(word) != word] == []


def test_worst_comes_first_and_the_unknown_before_info() -> None:
    assert sorted(["info", "", "warning", "purple", "critical"], key=rank) == [
        *["critical", "warning"],
        *["", "purple"],
        "info",
    ]


@given(st.text(), st.dictionaries(st.text(), st.text(), max_size=5))
def test_a_severity_is_always_folded(written: str, words: dict[str, str]) -> None:
    severity = severity_of({"severity": written}, folded(words))
    assert severity == fold(severity)
