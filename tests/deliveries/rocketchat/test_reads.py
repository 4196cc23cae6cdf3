"""Rocket.Chat's own parser, and the web client's renderer of cards, read what AlertHub writes.

Whatever an alert says, nothing comes out but text, code, AlertHub's bold, and AlertHub's links with their own words.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Sequence
from typing import Any

import pytest

from deliveries.messages import (
    Look,
    Story,
    links,
    notes,
    render,
    render_digest,
    render_digest_plain,
    render_editable,
    render_notice,
    render_notice_plain,
    render_plain,
    render_worded,
    safe,
)
from deliveries.messages.addresses import address
from deliveries.messages.fit import BREAK
from deliveries.templating.context import context_of
from deliveries.templating.engine import render as fill
from tests.deliveries.messages.test_pairs import NAMES, told
from tests.deliveries.stories import TRAIL
from tests.rocketchat import RocketChat, hostile
from tests.rocketchat.pieces import alike, faults, mentions, seen

pytestmark = pytest.mark.anywhere
# What gates a landing must not depend on luck.
SEED = 20261127 if os.environ.get("CI") == "true" else secrets.randbits(32)
HOSTS = (
    *hostile.HOSTS,
    "prometheus.example.com",
    "prometheus.example.com:9090",
    "runbooks.example.com",
    "grafana.example.com",
    "wiki.example.com",
    "logs.example.com",
    "runbooks.prometheus-operator.dev",
)


def assert_inert(rocketchat: RocketChat, bodies: Sequence[dict[str, Any]], hosts: tuple[str, ...] = HOSTS) -> None:
    cards = [card["text"] for body in bodies for card in body.get("attachments", []) if "text" in card]
    texts = [body["text"] for body in bodies]
    read = [
        *zip(texts, rocketchat.read_messages(texts), strict=True),
        *zip(cards, rocketchat.read_cards(cards), strict=True),
    ]
    wrong = [(text, found) for text, readings in read if (found := faults(text, readings, hosts))]
    assert not wrong, f"seed {SEED}: {wrong[:3]}"
    assert cards or texts


def hosts_of(stories: Sequence[Story]) -> set[str]:
    """Where annotations lead that are addresses and nothing else: those are links by their own will."""
    told = [each for story in stories for alert in story.alerts for each in notes.notes_of(alert).items()]
    return {url.split("/")[2] for name, text in told if (url := notes.address_of(name, text))}


@pytest.mark.parametrize(
    "text",
    [
        "[prod] Disk fills up",
        "rate(x[5m]) is high",
        "value=[ var='A' labels={instance=db1} value=92.3 ] since 10:20:30",
        "disk (slot 8) of rack 4",
        "memory (90 %) used",
        "mount D: is full :/ ;) =) >:( X) (y) <3",
        "costs $5 or $x$, $$",
        r"\(x\) and \[y\] in C:\temp",
        "ask @all, @here, #ops or me@evil.com at +4912345678",
        "see http://evil.com/a_b(c), <http://evil.com|here>, [there](http://evil.com) or ![it](http://evil.com/a.png)",
        'node_cpu_seconds_total, node-exporter_cpu_0 and "job_x_1" __name__ _it_',
        "*bold* 5 * 3 * 2 ~no~ ||spoiler|| `code`",
        ":fire: :+1: color:#ff0000 <t:1700000000:R> &amp; <b>",
        "# head\n> quote\n- item\n- [x] done\n* item\n1. one\n---\n===\n| a | b |\n|---|---|\n```\nblock\n```",
    ],
)
def test_what_an_alert_says_is_what_a_person_reads(rocketchat: RocketChat, text: str) -> None:
    for line_break in ("\n", BREAK):
        shown = safe.prose(text, 1000, line_break)
        [readings] = rocketchat.read_cards([shown]) if line_break == BREAK else rocketchat.read_messages([shown])
        assert {alike(seen(pieces)) for pieces in readings.values()} == {alike(text)}
        assert faults(shown, readings, ()) == []


def test_any_text_reads_as_it_was_said(rocketchat: RocketChat) -> None:
    said = [f"it: {text}" for text in hostile.many(hostile.text, 400, SEED)]
    shown = [safe.prose(text, 2000, BREAK) for text in said]
    for text, ours, readings in zip(said, shown, rocketchat.read_cards(shown), strict=True):
        assert {alike(seen(pieces)) for pieces in readings.values()} == {alike(safe.clean(text))}, f"seed {SEED}"
        assert faults(ours, readings, ()) == [], f"seed {SEED}: {ours}"


def test_any_value_is_one_code_span(rocketchat: RocketChat) -> None:
    said = [text for text in hostile.many(hostile.text, 300, SEED) if safe.code(text)]
    shown = [f"a {safe.code(text)} {safe.code('x=1')}" for text in said]
    for ours, readings in zip(shown, rocketchat.read_cards(shown), strict=True):
        kinds = [[piece[0] for piece in pieces] for pieces in readings.values()]
        assert kinds == [["text", "code", "text", "code"]] * len(kinds), f"seed {SEED}: {ours}"
        assert mentions(ours) == []


def test_a_name_stands_well_before_our_brackets_and_colons(rocketchat: RocketChat) -> None:
    names = [*"8BDXO0aZ", "plan B", "slot 8", "disk D", "x_1", *hostile.many(hostile.text, 100, SEED)]
    shown = [f"it ({safe.name(name)}) or {safe.name(name)}: {safe.name(name)} ×8" for name in names if safe.name(name)]
    wrong = [text for text, read in zip(shown, rocketchat.read_cards(shown), strict=True) if faults(text, read, ())]
    assert wrong == [], f"seed {SEED}"


def test_the_words_of_a_link_are_its_own(rocketchat: RocketChat) -> None:
    words = [label for label in hostile.many(hostile.text, 200, SEED) if safe.label(label)]
    shown = [f"[x] {links.link(label, address(hostile.OURS))} · y" for label in words]
    shown = [text.removeprefix("[x] ") for text in shown]
    wrong = [
        (text, found)
        for text, read in zip(shown, rocketchat.read_cards(shown), strict=True)
        if (found := faults(text, read, HOSTS))
    ]
    assert wrong == [], f"seed {SEED}"


def test_every_payload_is_inert(rocketchat: RocketChat) -> None:
    stories = [told(name) for name in NAMES]
    bodies = [make(story, Look()) for story in stories for make in (render, render_plain, render_editable)]
    assert_inert(rocketchat, bodies)


def test_hostile_alerts_are_inert(rocketchat: RocketChat) -> None:
    stories = hostile.many(hostile.story, 40, SEED)
    limits = [500, 1000, 5000]
    bodies = [
        make(story, Look(text_limit=limits[number % 3]))
        for number, story in enumerate(stories)
        for make in (render, render_plain, render_editable)
    ]
    assert_inert(rocketchat, bodies, (*HOSTS, *hosts_of(stories)))


TEMPLATES = [
    ("{{ severity|upper }} {{ alerts[0].name }} in {{ alerts[0].labels.a_b|bold }}", ""),
    (
        "*{{ status }}* {{ alerts[0].annotations.summary }} [Wiki](https://ours.example/wiki)",
        "{% for alert in alerts %}\n• {{ alert.name|code }} since {{ alert.starts_at }}: {{ alert.annotations.summary }}\n"
        "{{ alert.annotations.description }}\n{{ alert.annotations.runbook_url|link(alert.name) }}{% endfor %}\n"
        "[Wiki](https://ours.example/wiki)",
    ),
    (
        "{{ alerts[0].name }} ({{ severity }}) {{ receiver }}: {{ rule }}) {{ source }}/ {{ severity }}",
        "{% for alert in alerts %}{{ alert.name }}: {{ alert.annotations.summary }}/\n({{ alert.name }})\n{% endfor %}",
    ),
]


@pytest.mark.parametrize("limit", [500, 5000])
@pytest.mark.parametrize("template", TEMPLATES, ids=["headline", "both", "seams"])
def test_what_a_template_inserts_is_inert(rocketchat: RocketChat, template: tuple[str, str], limit: int) -> None:
    stories = hostile.many(hostile.story, 10, SEED)
    filled = [(story, [fill(source, context_of(story)) for source in template]) for story in stories]
    bodies = [render_worded(story, Look(text_limit=limit), *words) for story, words in filled]
    assert_inert(rocketchat, bodies, (*HOSTS, *hosts_of(stories)))


def test_hostile_digests_are_inert(rocketchat: RocketChat) -> None:
    digests = hostile.many(hostile.digest, 20, SEED)
    assert_inert(
        rocketchat, [make(digest, Look()) for digest in digests for make in (render_digest, render_digest_plain)]
    )


def test_notices_that_quote_are_inert(rocketchat: RocketChat) -> None:
    texts = [text for text in hostile.many(hostile.text, 100, SEED) if text.strip()]
    assert_inert(rocketchat, [render_notice(text, "critical", 8, Look(), url=TRAIL) for text in texts])
    assert_inert(rocketchat, [render_notice_plain(text, "critical", 8, Look()) for text in texts])
