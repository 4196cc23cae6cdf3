"""What a person reads who made a mistake in a matcher: the place, and what to change."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from routing.rules.matchers import Matcher, MatcherError, parse, regex

DOCUMENTED = re.findall(
    r"^(.+)\n-> (.+)$",
    (Path(__file__).parents[3] / "docs/matchers.md").read_text(encoding="utf-8"),
    re.MULTILINE,
)


def refusal(text: str) -> str:
    with pytest.raises(MatcherError) as caught:
        parse(text)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ('env="dev"\nteam db', "Line 2, column 6", "expected =, !=, =~ or !~ after team"),
        ('team\n="db"', "Line 1, column 5", "expected =, !=, =~ or !~ after team"),
        ("\nteam", "Line 2, column 5", "expected =, !=, =~ or !~ after team"),
        ('env="dev",\r\n\r\nteam', "Line 3, column 5", "expected =, !=, =~ or !~ after team"),
        ("team: db", "Line 1, column 7", 'not a colon; write team="db"'),
        ("team: 'db'", "Line 1, column 7", 'write team="db"'),
        ('team == "db"', "Line 1, column 7", '== is not an operator; write team="db"'),
        ("team==db", "Line 1, column 6", '== is not an operator; write team="db"'),
        ('team!=="db"', "Line 1, column 7", '!== is not an operator; write team!="db"'),
        ('team=!"db"', "Line 1, column 6", 'not equal is written != : team!="db"'),
        ('team= ~"db"', "Line 1, column 7", 'without a space between: team=~"db"'),
        ('team~="db"', "Line 1, column 5", 'a regular expression is written team=~"..."'),
        ('team ! "db"', "Line 1, column 6", "not ! alone"),
        ("team in (a, b)", "Line 1, column 6", "expected =, !=, =~ or !~ after team"),
        ("team=“db”", "Line 1, column 6", "typographic quote"),
        ('“team”="db"', "Line 1, column 1", "typographic quote"),
        ('te“am="db"', "Line 1, column 3", "typographic quote"),
        ("team='db'", "Line 1, column 6", 'needs double quotes: team="db"'),
        ("'team'=db", "Line 1, column 1", "in double quotes only"),
        ("team=`db`", "Line 1, column 6", 'needs double quotes: team="db"'),
        ('env="dev"\nteam="db\na="b"', "Line 2, column 6", "not closed on this line"),
        ('"team', "Line 1, column 1", "not closed on this line"),
        ('x="a\\"', "Line 1, column 3", "not closed on this line"),
        ('team="db" env="prod"', "Line 1, column 11", "a comma or a new line before env"),
        ("team=db env=prod", "Line 1, column 9", "a comma or a new line before env=prod"),
        ('team="db"x', "Line 1, column 10", "a comma or a new line before x"),
        ('team="db" and env="prod"', "Line 1, column 11", "a comma means and"),
        ("team=db && env=prod", "Line 1, column 9", "a comma means and"),
        ('team="db" OR team="web"', "Line 1, column 11", 'write team=~"a|b", or a second rule'),
        ("summary=disk is full", "Line 1, column 14", 'with a space in it needs double quotes: summary="disk is full"'),
        ("url=http://x?a=b", "Line 1, column 15", 'with = in it needs double quotes: url="http://x?a=b"'),
        ("team=a{b=c", "Line 1, column 7", 'with { in it needs double quotes: team="a{b=c"'),
        ("x=~a{2}", "Line 1, column 5", 'needs double quotes: x=~"a{2}"'),
        ('="db"', "Line 1, column 1", 'a label name is missing before =; write for example team="db"'),
        ('!~"db"', "Line 1, column 1", "a label name is missing before !~"),
        ('""="db"', "Line 1, column 1", "the label name is empty"),
        (',team="db"', "Line 1, column 1", "a matcher is missing before this comma"),
        ("a=b,,c=d", "Line 1, column 5", "a matcher is missing before this comma"),
        ("{,}", "Line 1, column 2", "a matcher is missing before this comma"),
        ('{team="db"', "Line 1, column 1", "the { that opens here has no }"),
        ('team="db"}', "Line 1, column 10", "there is a } without its {"),
        ('{team="db"} x', "Line 1, column 13", "nothing may follow the closing }; delete x"),
        ('{team="db"},', "Line 1, column 12", "delete ,"),
        ("{{a=b}}", "Line 1, column 2", "a label name cannot begin with {"),
        ('- team="db"', "Line 1, column 3", "delete the dash"),
        ("# databases", "Line 1, column 3", "there are no comments here"),
        ("te\u200bam=db", "Line 1, column 3", "invisible character (U+200B)"),
        ("team=\ufeffdb", "Line 1, column 6", "invisible character (U+FEFF)"),
        ('a="\ud800"', "Line 1, column 4", "lone surrogate"),
        (r'x.y=~"\d+"', "Line 1, column 6", r"the escape \d does not exist; for a backslash write \\"),
        (r'x.y="\ud800"', "Line 1, column 5", r"the escape \ud800 does not exist"),
        (r'x.y="\xff"', "Line 1, column 5", "not valid UTF-8"),
        (r'"\é"="x"', "Line 1, column 1", r"the escape \é does not exist"),
        (r"x.y=~\d+", "Line 1, column 6", "needs double quotes"),
    ],
)
def test_a_mistake_is_named_with_its_place(text: str, place: str, words: str) -> None:
    message = refusal(text)
    assert message.startswith(f"{place}: ")
    assert words in message


@pytest.mark.parametrize(("text", "message"), DOCUMENTED)
def test_the_documentation_shows_the_real_message(text: str, message: str) -> None:
    assert refusal(text) == message


def test_the_documentation_shows_many_messages() -> None:
    assert len(DOCUMENTED) > 8


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("(", "missing closing )"),
        ("[a", "missing closing ]"),
        ("a)", "a ) without its ("),
        ("*", "for any text write .*"),
        ("a|+", "for the character itself write [+]"),
        ("a**", "** repeats a repetition"),
        ("a{1001}", "{1001} repeats too often"),
        ("[z-a]", "z-a is not a valid range"),
        (r"\q", r"\q means nothing here"),
        (r"\pL{500}", "needs too much memory"),
        ("a(?=b)", "look-ahead and look-behind, (?=, are not possible; use a second matcher with !~"),
        ("(?<!a)b", "look-ahead and look-behind"),
        (r"(a)\1", r"back-references such as \1 are not possible"),
        ("(?P<n>a)(?P=n)", "back-references such as (?P=name) are not possible"),
        ("(?>a)", "(?> is not possible here (RE2 syntax)"),
        ("a\\", "a single backslash"),
        ("x" * 513, "it has 513 characters, 512 are allowed"),
    ],
)
def test_a_broken_regular_expression_says_what_is_wrong(pattern: str, words: str) -> None:
    with pytest.raises(MatcherError, match="the regular expression is not valid: ") as caught:
        Matcher("service", "=~", pattern)
    assert words in str(caught.value)


def test_a_sound_regular_expression_has_no_fault() -> None:
    assert regex.fault("api|web.*") == ""


def test_a_broken_regular_expression_is_shown_at_its_place() -> None:
    expected = 'Line 2, column 10: service=~"(": the regular expression is not valid: missing closing )'
    assert refusal('team="db"\nservice=~"("') == expected


def test_the_longest_pattern_is_accepted() -> None:
    assert Matcher("x", "=~", "x" * 512).matches({"x": "x" * 512})


@pytest.mark.parametrize(("length", "shown"), [(120, "x" * 120), (121, "x" * 120 + "…")])
def test_a_text_is_shown_whole_if_it_has_room(length: int, shown: str) -> None:
    assert f"after {shown};" in refusal("x" * length)


def test_a_long_text_is_cut_in_the_message() -> None:
    assert len(refusal("x" * 5000)) < 400


def test_the_position_counts_characters_from_the_beginning() -> None:
    with pytest.raises(MatcherError) as caught:
        parse('ä="ö"\nteam db')
    assert caught.value.position == 11
