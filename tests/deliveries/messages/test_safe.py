"""Untrusted text stays text: no mention, link, markup or trick of direction survives."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from deliveries.messages import safe
from deliveries.messages.fit import cut, shorten, units

NASTY = st.lists(
    st.sampled_from(list("@#*_~`[]()<>|\\!:+$&=-.\n\r\t 1a/é漢🔥\u202e\u200b\u0301\ud800"))
    | st.sampled_from(["@all", "@here", "http://", "evil.com", "www.", "](", "||", "```", "&#64;", "all", "x@y.zz"]),
    max_size=40,
).map("".join)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain words", "plain words"),
        ("naïve 温度 🔥", "naïve 温度 🔥"),
        ("a\r\nb\u2028c", "a\nb\nc"),
        ("tab\there", "tab here"),
        ("abc\u202edcb\u2066x\u2069", "abcdcbx"),
        ("a\u200bd\u200em\ufeffin\u00ad", "admin"),
        ("bell\x07 nul\x00 \ud800lone", "bell nul lone"),
        ("Z" + "\u0301" * 40, "Z" + "\u0301" * 3),
        ("e\u0301e\u0301e\u0301e\u0301e\u0301", "e\u0301e\u0301e\u0301e\u0301e\u0301"),
    ],
)
def test_clean_text_holds_nothing_invisible(text: str, shown: str) -> None:
    assert safe.clean(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("db1:9100", "`db1:9100`"),
        ("`rm -rf`", "`'rm -rf'`"),
        ("a\nb", "`a ⏎ b`"),
        ("*bold* [x](y)", "`*bold* [x](y)`"),
        ("@all", "`@\u2060all`"),
        ("x @here", "`x @\u2060here`"),
        ("x@all", "`x@\u2060all`"),
        ("#general", "`#\u2060general`"),
        ("team@example.com", "`team@example.com`"),
        (" \u200b ", ""),
        ("", ""),
    ],
)
def test_code_can_be_copied_but_does_nothing(text: str, shown: str) -> None:
    assert safe.code(text) == shown


def test_long_code_is_cut_inside_its_span() -> None:
    shown = safe.code("v" * 1000)
    assert shown.endswith("v…`")
    assert units(shown) == safe.MAX_LABEL + 2


@pytest.mark.parametrize("text", ["DiskFull", "node_disk_full", "High CPU", "disk-full-2"])
def test_an_ordinary_name_stays_bare(text: str) -> None:
    assert safe.name(text) == text


@pytest.mark.parametrize("text", ["_hidden_", "a*b", "node.disk", "Température", "a  b", "`x`", "@all", "x" * 300])
def test_any_other_name_is_code(text: str) -> None:
    assert safe.name(text).startswith("`")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Disk 98 % full, 2.1 GB left", "Disk 98 % full, 2.1 GB left"),
        ("node_cpu_seconds_total", "node_cpu_seconds_total"),
        ("*bold* _it_ ~no~", "∗bold∗ `_it_` ∼no∼"),
        ("`code` ||spoiler||", "'code' ∣∣spoiler∣∣"),
        ("all @all", "all @\u2060all"),
        ("rate(x[5m]) is high", "`rate(x[5m])` is high"),
        ("[prod eu] Disk", "`[prod eu]` Disk"),
        ("costs $5, or ${x}.", "costs `$5`, or `${x}`."),
        ("(slot 8) (90 %) :/ D:", "(slot 8\u2060) (90 %\u2060) :\u2060/ D\u2060:"),
        ("at 10:20:30, 0:3 or 12:00", "at 10:20:30, 0\u2060:3 or 12:00"),
        ("node-exporter_cpu_0 is", "`node-exporter_cpu_0` is"),
        ("ask localhost", "ask local\u2060host"),
        ("narrow\u202f%\u00a0and\u3000wide", "narrow % and wide"),
        ("see #ops", "see #\u2060ops"),
        ("see [it](x)", "see `[it](x)`"),
        ("a <b>", "a <\u2060b>"),
        ("is :fire: on", "is :\u2060fire: on"),
        ("call +49123", "call +\u206049123"),
        ("see (http://evil.com/a(b)).", "see (`http://evil.com/a(b)`)."),
        ("go to evil.com, now", "go to `evil.com`, now"),
        ("go to evil.com!!!!!!!!!!", "go to `evil.com!!`!!!!!!!!"),
        ("ask www.evil.1", "ask `www.evil.1`"),
        ("mail me@evil.com", "mail `me@evil.com`"),
        ("at 10.0.0.1:9100 is", "at `10.0.0.1:9100` is"),
        ("javascript://x", "`javascript://x`"),
        (r"\(x\)", "∖(x∖)"),
        ("\n a \n\n b \n", "a b"),
        ("", ""),
        (" \u200b\n", ""),
    ],
)
def test_prose_reads_as_written_but_does_nothing(text: str, shown: str) -> None:
    assert safe.prose(text, 200) == shown


@pytest.mark.parametrize(
    "line", ["# head", "> quote", "- item", "+ item", "1. item", "2) item", "---", "===", "    code"]
)
def test_no_line_of_prose_starts_a_block(line: str) -> None:
    shown = safe.prose(f"first\n{line}", 200, "\n").split("\n")[1]
    assert shown.startswith("\u2060") or shown == "code"


def test_prose_is_cut_with_an_ellipsis() -> None:
    assert safe.prose("word " * 100, 30) == "word word word word word word…"


def test_a_link_that_does_not_fit_is_left_out_whole() -> None:
    assert safe.prose("see http://example.com/a/very/long/address", 20) == "see …"


def test_a_long_word_in_brackets_is_cut_inside_its_span() -> None:
    assert safe.prose("[prod-eu-west-1/cluster] Disk", 20) == "`[prod-eu-west-1/c…`"


@pytest.mark.parametrize(
    ("text", "shown"),
    [("logs_url", "logs url"), ("a [b](c) `d`", "a b c d"), ("Grafana 2.0 – <i>", "Grafana 2.0 – i"), ("](", "")],
)
def test_the_words_of_a_link_cannot_end_it(text: str, shown: str) -> None:
    assert safe.label(text) == shown


def test_a_title_holds_no_markup() -> None:
    assert safe.title("@all\n*x* [a](b)") == "@\u2060all ∗x∗ [a]\u2060(b)"


@pytest.mark.parametrize(
    ("text", "limit", "shown"),
    [("abc", 3, "abc"), ("abcd", 3, "ab…"), ("🔥🔥", 3, "🔥…"), ("🔥🔥", 2, "…"), ("ab", 0, "")],
)
def test_text_is_cut_by_utf16_units(text: str, limit: int, shown: str) -> None:
    assert cut(text, limit) == shown


@pytest.mark.parametrize(
    "text",
    [
        "a" * 60_000,
        "a." * 30_000,
        "a-" * 30_000,
        "@" * 60_000,
        "http://" * 9_000,
        "1." * 30_000,
        "[" * 60_000,
        "[a" * 30_000,
        "a_" * 30_000,
        "a " * 30_000,
        "x[a]" * 15_000,
    ],
)
def test_no_text_takes_long(text: str) -> None:
    began = time.process_time()
    safe.prose(text, 30_000)
    assert time.process_time() - began < 2


@settings(max_examples=300, deadline=None)
@given(NASTY, st.integers(10, 80))
@example("_www.1", 10)
@example("[a long word in brackets] and more", 20)
def test_prose_has_no_active_mention_link_or_markup(text: str, limit: int) -> None:
    shown = safe.prose(text, limit, "\n")
    outside = re.sub(r"`[^`\n]*`", "·", shown)
    assert not re.search(r"[\[$]", outside)
    assert units(shown) <= limit
    assert not re.search(r"[*~`|\\]|[@#<]\w|\]\(|\]:|://|\bwww\.\w", outside)
    assert not re.search(r"(?<![A-Za-z0-9_.+-])@\w", shown)


@settings(max_examples=300, deadline=None)
@given(NASTY)
def test_code_is_one_span_on_one_line(text: str) -> None:
    assert re.fullmatch(r"|`[^`\n\r]+`", safe.code(text))


@pytest.mark.parametrize(
    ("text", "limit", "shown"),
    [
        ("all of it", 9, "all of it"),
        ("some of it", 9, "some of…"),
        ("a `b c` d", 8, "a `b c`…"),
        ("a `b [x](http://evil.example) c` d", 31, "a…"),
        ("a `b` and [x](http://a.example) d", 25, "a `b` and…"),
        ("`b`\na [x", 7, "`b`\na…"),
        ("`begins here\n`ends` there and", 24, "`begins here\n`ends` the…"),
    ],
)
def test_text_with_markup_is_shortened_between_code_and_links(text: str, limit: int, shown: str) -> None:
    assert shorten(text, limit) == shown
    assert units(shown) <= limit
