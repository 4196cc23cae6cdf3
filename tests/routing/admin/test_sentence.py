"""A rule reads as a sentence in its list: if this, then that, and when."""

from __future__ import annotations

import re
from typing import Any

import pytest

from routing.admin import sentence
from routing.models import Rule
from tests.factories import make_rule, make_target, make_template, make_window

pytestmark = pytest.mark.django_db


def plain(html: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", "", str(html)).replace("&quot;", '"').split())


def codes(rule: Rule) -> list[str]:
    return re.findall(r"<code[^>]*>(.*?)</code>", str(sentence.condition(rule)))


def test_severities_and_matchers_are_joined() -> None:
    rule = make_rule(severities=["critical", "warning"], matchers='team="db"\nenv=~"prod|stage"')
    assert plain(sentence.condition(rule)) == 'critical or warning and team="db" and env=~"prod|stage"'


def test_a_matcher_is_in_one_piece_however_it_was_written() -> None:
    assert codes(make_rule(matchers='{team="db", env=~"prod|stage"}')) == [
        "team=&quot;db&quot;",
        "env=~&quot;prod|stage&quot;",
    ]


def test_a_long_matcher_may_break_between_its_words_only() -> None:
    [shown] = codes(make_rule(matchers='service=~"checkout|payments|invoices|reports|search"'))
    assert shown.split("<wbr>")[1:4] == ["payments|", "invoices|", "reports|"]


def test_a_matcher_without_end_is_cut() -> None:
    [shown] = codes(make_rule(matchers=f'service="{"x" * 3000}"'))
    assert len(shown.replace("&quot;", '"')) == 200


def test_of_many_matchers_the_first_are_shown() -> None:
    rule = make_rule(matchers="\n".join(f'l{number}="x"' for number in range(11)))
    assert plain(sentence.condition(rule)).endswith('l7="x" and 3 more')


def test_matchers_that_cannot_be_read_are_shown_as_they_are() -> None:
    assert codes(make_rule(matchers='team="\nenv=prod')) == ["team=&quot;", "env=prod"]


def test_a_rule_without_conditions_takes_any_alert() -> None:
    assert plain(sentence.condition(make_rule())) == "any alert"


def test_the_fallback_takes_the_rest() -> None:
    assert plain(sentence.condition(Rule.objects.fallback())) == "no other rule takes it"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "tell ops, then stop"),
        ({"continues": True}, "tell ops then go on"),
        ({"sends_resolved": False}, "tell ops, without resolved, then stop"),
        ({"sends_resolved": False, "continues": True}, "tell ops, without resolved then go on"),
    ],
)
def test_who_is_told_and_whether_it_ends_there(fields: dict[str, Any], words: str) -> None:
    assert plain(sentence.consequence(make_rule("r", [make_target()], **fields))) == words


def test_how_its_messages_read_is_named() -> None:
    rule = make_rule("r", [make_target()], template=make_template("short & sharp"))
    assert plain(sentence.consequence(rule)) == "tell ops, as short &amp; sharp, then stop"


def test_the_fallback_neither_stops_nor_goes_on() -> None:
    fallback = Rule.objects.fallback()
    fallback.targets.add(make_target())
    assert plain(sentence.consequence(fallback)) == "tell ops"


def test_of_many_targets_the_first_are_named() -> None:
    rule = make_rule("r", [make_target(f"t{number}") for number in range(9)])
    assert plain(sentence.consequence(rule)).startswith("tell t0, t1, t2, t3, t4, t5 and 3 more")


@pytest.mark.parametrize(("records_only", "words"), [(True, "tell nobody, on purpose"), (False, "tell nobody")])
def test_a_rule_that_tells_nobody_says_so(records_only: bool, words: str) -> None:
    assert plain(sentence.consequence(make_rule(records_only=records_only))) == f"{words}, then stop"


@pytest.mark.parametrize(
    ("active", "muted", "is_silent", "words"),
    [
        (False, False, False, "at any time"),
        (True, False, False, "only in active"),
        (False, True, True, "not in muted silent now"),
        (True, True, False, "only in active, not in muted"),
    ],
)
def test_when_it_speaks(active: bool, muted: bool, is_silent: bool, words: str) -> None:
    rule = make_rule()
    for is_there, name, windows in ((active, "active", rule.active_windows), (muted, "muted", rule.muted_windows)):
        if is_there:
            windows.add(make_window(name, times="11:00-13:00"))
    assert plain(sentence.times(rule, is_silent=is_silent)) == words


def test_names_with_markup_are_escaped() -> None:
    name = "<b>x</b>"
    rule = make_rule("r", [make_target(name)], template=make_template(name), severities=[name], matchers=f'a="{name}"')
    rule.muted_windows.add(make_window(name, times="11:00-13:00"))
    shown = "".join(
        map(str, (sentence.condition(rule), sentence.consequence(rule), sentence.times(rule, is_silent=True)))
    )
    assert (shown.count("<b>"), shown.count("&lt;b&gt;") >= 5) == (0, True)
