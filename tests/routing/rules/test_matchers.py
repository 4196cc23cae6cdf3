"""The matcher language: what is read, what it means, and what is refused with which words."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.rules.matchers import OPERATORS, Matcher, MatcherError, entered, parse

LETTERS = st.characters(codec="utf-8", exclude_characters="\x00")
TEXTS = st.text(LETTERS, max_size=30)
NAMES = st.text(LETTERS, min_size=1, max_size=15) | st.sampled_from(["team", "a:b", "http.status", "-", "#"])
PATTERNS = st.sampled_from(["", ".*", r"\d+", "api|web", r"10\.0\..*", '[^"]+', r"a\\b", "é{2,3}", "(?i)db", "\n"])
MATCHERS = st.builds(Matcher, NAMES, st.sampled_from(["=", "!="]), TEXTS) | st.builds(
    Matcher, NAMES, st.sampled_from(["=~", "!~"]), PATTERNS
)


def canonical(text: str) -> list[str]:
    return [str(matcher) for matcher in parse(text)]


def attempt(text: str) -> tuple[tuple[Matcher, ...], MatcherError | None]:
    try:
        return parse(text), None
    except MatcherError as error:
        return (), error


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" \r\n\n ", []),
        ("{}", []),
        ('team="db"', ['team="db"']),
        (" team = db , env != dev ", ['team="db"', 'env!="dev"']),
        ('team="db"\r\nenv="prod"', ['team="db"', 'env="prod"']),
        ('team="db",\n\nenv="prod",\n', ['team="db"', 'env="prod"']),
        ('{team="db", env="prod",}', ['team="db"', 'env="prod"']),
        ('{\n  team="db",\n  env="prod"\n}', ['team="db"', 'env="prod"']),
        ('{team="db"}\n{env="prod"}', ['team="db"', 'env="prod"']),
        (' {team="db"} ', ['team="db"']),
        ('\n {team="db"}\n\n {env="prod"}\n', ['team="db"', 'env="prod"']),
        ("service=~api|web", ['service=~"api|web"']),
        ("service!~(api|web).*", ['service!~"(api|web).*"']),
        ('note="a, b} {c"', ['note="a, b} {c"']),
        ("team=", ['team=""']),
        ("team=\nenv=prod", ['team=""', 'env="prod"']),
        ("{team=,env=}", ['team=""', 'env=""']),
        ('"http.status"="500"', ['"http.status"="500"']),
        ("http.status=500", ['"http.status"="500"']),
        ("namé=wért", ['"namé"="wért"']),
        ('team="“db”"', ['team="“db”"']),
        ("owner=o\\nbrien", ['owner="o\\nbrien"']),
        ('team="db",\u00a0env="prod"', ['team="db"', 'env="prod"']),
    ],
)
def test_reads(text: str, expected: list[str]) -> None:
    assert canonical(text) == expected


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r'x="say \"hi\""', 'say "hi"'),
        (r'x="a\\b"', r"a\b"),
        (r'x="a\nb"', "a\nb"),
        (r'x=~"\d+"', r"\d+"),
        (r"x=~\d+", r"\d+"),
        (r'x="a\tb"', r"a\tb"),
        (r'"x.y"="a\tb"', "a\tb"),
        (r'"x.y"="\x41\102\u00e9\U0001F525\xc3\xa9"', "ABé🔥é"),
        (r'"x.y"="\\d"', r"\d"),
    ],
)
def test_a_backslash_means_what_it_means_to_alertmanager(text: str, value: str) -> None:
    assert parse(text)[0].value == value


@pytest.mark.parametrize("escape", [r"\uD800", r"\uDBFF", r"\uDC00", r"\uDFFF", r"\U0000DFFF", r"\U00110000"])
def test_an_escape_that_is_no_character_is_refused(escape: str) -> None:
    _, error = attempt(f'"http.status"="{escape}"')
    assert f"the escape {escape} does not exist" in str(error)


@pytest.mark.parametrize("escape", [r"\uD7FF", r"\uE000", r"\uFFFD", r"\U0010FFFF", r"\U00000041"])
def test_an_escape_beside_those_that_are_none_is_read(escape: str) -> None:
    [found] = parse(f'"http.status"="{escape}"')
    assert found.value == chr(int(escape[2:], 16))


def test_a_utf8_name_changes_the_escapes_of_its_own_line_only() -> None:
    values = [matcher.value for matcher in parse('x.y="", a="\\t"\nb="\\t"')]
    assert values == ["", "\t", "\\t"]


@pytest.mark.parametrize(
    ("text", "labels", "fits"),
    [
        ('team="db"', {"team": "db"}, True),
        ('team="db"', {"team": "DB"}, False),
        ('team="db"', {}, False),
        ('team=""', {}, True),
        ('team!="db"', {}, True),
        ('team!=""', {}, False),
        ('team=~".*"', {}, True),
        ('team=~".+"', {}, False),
        ('team!~".+"', {}, True),
        ('service=~"api"', {"service": "api-1"}, False),
        ('service=~"api"', {"service": "my-api"}, False),
        ('service=~"api.*"', {"service": "api-1"}, True),
        ('service=~"api|web"', {"service": "webx"}, False),
        ('service=~"api|web"', {"service": "web"}, True),
        ('service!~"api|web"', {"service": "web"}, False),
        ('x=~"a.b"', {"x": "a\nb"}, False),
        ('x=~"a"', {"x": "a\n"}, False),
        ('x=~"(?i)DB"', {"x": "db"}, True),
        (r'x=~"\w"', {"x": "é"}, False),
        ('x=~"."', {"x": "🔥"}, True),
        ('x=~"a+"', {"x": "a" * 1000}, True),
        ('x=~"a"', {"x": "\ud800"}, False),
    ],
)
def test_fits(text: str, labels: dict[str, str], fits: bool) -> None:
    assert parse(text)[0].matches(labels) is fits


@given(MATCHERS)
def test_canonical_text_reads_back_as_the_same_matcher(matcher: Matcher) -> None:
    assert parse(str(matcher)) == (matcher,)


@given(st.lists(MATCHERS, max_size=4), st.sampled_from(["\n", "\r\n", ",\n"]))
def test_many_matchers_read_back_one_a_line(matchers: list[Matcher], separator: str) -> None:
    assert parse(separator.join(map(str, matchers))) == tuple(matchers)


@given(st.text(st.sampled_from("ab=!~\"'\\,{}\n \r“.0x(*"), max_size=25) | st.text(max_size=25))
def test_any_text_is_read_or_refused_at_a_place_inside_it(text: str) -> None:
    found, refused = attempt(text)
    assert all(parse(str(matcher)) == (matcher,) for matcher in found)
    if refused:
        assert refused.text == text
        assert 0 <= refused.position <= len(text)
        assert str(refused).startswith("Line ")


@given(NAMES, TEXTS, st.dictionaries(NAMES, TEXTS, max_size=3))
def test_each_negative_operator_is_the_opposite(name: str, value: str, labels: dict[str, str]) -> None:
    equal = Matcher(name, "=", value).matches(labels)
    assert equal is (labels.get(name, "") == value)
    assert Matcher(name, "!=", value).matches(labels) is not equal


def test_a_pattern_made_to_hang_answers_at_once() -> None:
    matcher = Matcher("x", "=~", "(a+)+$")
    before = time.process_time()
    assert not matcher.matches({"x": "a" * 50_000 + "b"})
    assert time.process_time() - before < 1


@pytest.mark.parametrize("op", ["", "==", "=>", "~"])
def test_an_unknown_operator_is_refused(op: str) -> None:
    with pytest.raises(MatcherError, match="expected =, !=, =~ or !~"):
        Matcher("team", op, "db")


@pytest.mark.parametrize("value", ["\x00", "a\udc80"])
def test_what_no_label_can_hold_is_refused(value: str) -> None:
    with pytest.raises(MatcherError, match="can be in no label"):
        Matcher("team", "=", value)


@pytest.mark.parametrize("op", OPERATORS)
def test_an_empty_name_is_refused(op: str) -> None:
    with pytest.raises(MatcherError, match="a label name is missing"):
        Matcher("", op, "db")


def refusal(text: str) -> str:
    with pytest.raises(MatcherError) as refused:
        entered(text)
    return str(refused.value)


def test_as_many_matchers_as_allowed_are_read() -> None:
    assert len(entered("\n".join(f"l{n}=v" for n in range(100)))) == 100


@pytest.mark.parametrize("between", ["\n", ", "])
def test_more_matchers_than_allowed_are_refused_with_the_number(between: str) -> None:
    said = refusal(between.join(f"l{n}=v" for n in range(101)))
    assert said.startswith("These are 101 matchers; at most 100 are allowed.")


def test_what_is_stored_is_read_whatever_its_number() -> None:
    assert len(parse("\n".join(f"l{n}=v" for n in range(300)))) == 300


def test_a_longer_text_than_allowed_is_refused_unread() -> None:
    assert entered("a=" + "b" * 19_998)
    # Half a character would be another mistake, if it were looked at.
    assert refusal("a=" + "b" * 19_998 + "\ud800").startswith("These are 20,001 characters; at most 20,000")


@pytest.mark.parametrize("operator", ["=~", "!~"])
def test_more_alternatives_than_allowed_are_refused(operator: str) -> None:
    assert entered(f'a{operator}"{"|".join("ab" for _ in range(100))}"')
    assert "it has 101 alternatives, 100 are allowed" in refusal(f'a{operator}"{"|".join("ab" for _ in range(101))}"')


def test_bars_in_a_plain_value_are_no_alternatives() -> None:
    assert entered(f'a="{"|" * 200}"')


@pytest.mark.parametrize("hidden", ["\u3164", "\u2800", "\u202e"])
def test_letters_that_are_drawn_as_nothing_are_refused_where_no_quotes_are(hidden: str) -> None:
    assert "invisible character" in refusal(f"team={hidden}db")
