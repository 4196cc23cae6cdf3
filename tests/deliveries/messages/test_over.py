"""What is over is told in two lines: the headline, and one below it that never reads as if it were still so."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from deliveries.messages import Look, render, render_plain
from deliveries.messages.fit import units
from tests.deliveries.stories import NOW, START, a_story, an_alert

LINKS = (
    "[Source](http://prometheus.example.com/graph) · "
    "[Alertmanager](http://alertmanager.example.com:9093/#/alerts?receiver=alerthub) · "
    "[AlertHub trail](https://alerthub.example.com/d/42)"
)
LABELS = {"alertname": "InterfaceDown", "severity": "critical", "instance": "core-1", "ifName": "xe-0/0/3"}


def over(minutes: int = 29, **changes: Any) -> Any:
    link = {"summary": "Link down", "impact": "None", "description": "The interface is down."}
    ended = {"status": "resolved", "ends_at": START + timedelta(minutes=minutes)}
    return an_alert(**{"labels": LABELS, "annotations": link} | ended | changes)


def on(number: int, **changes: Any) -> Any:
    return over(labels=LABELS | {"ifName": f"xe-{number}"}, fingerprint=str(number), **changes)


def told(*alerts: Any, limit: int = 5000, **changes: Any) -> list[str]:
    body = render(a_story(*alerts, **{"status": "resolved"} | changes), Look(text_limit=limit))
    [card] = body["attachments"]
    assert set(card) == {"color", "text"}
    return [body["text"], *card["text"].split("  \n")]


def test_what_is_over_takes_two_lines() -> None:
    assert told(over()) == [
        "✅ *RESOLVED* · critical · InterfaceDown `instance=core-1` `ifName=xe-0/0/3` (lasted 29 m) · D-42",
        f"14:02–14:31 UTC · was: Link down · {LINKS}",
    ]


def test_several_are_named_together() -> None:
    assert told(on(1), on(2, annotations={"summary": "No carrier"}), on(3)) == [
        "✅ *RESOLVED* (3) · critical · InterfaceDown `instance=core-1` `ifName=xe-1, xe-2, xe-3` · D-42",
        f"14:02–14:31 UTC · was: Link down / No carrier · {LINKS}",
    ]


def test_more_than_three_summaries_are_not_all_told() -> None:
    alerts = [on(number, annotations={"summary": f"S{number}"}) for number in range(5)]
    assert " · was: S0 / S1 / S2 / … · " in told(*alerts)[1]
    assert " · was: S0 / S1 / S2 · " in told(*alerts[:3])[1]


def test_all_of_them_are_named_the_headlines_rest_below_it() -> None:
    names = [over(labels=LABELS | {"alertname": name}, fingerprint=name) for name in "ACEFG"]
    assert " · A, C, E and 2 other kinds `" in told(*names)[0]
    assert " · also F, G · " in told(*names)[1]
    assert " · also `ifName=xe-3, xe-4` · " in told(*(on(number) for number in range(5)))[1]


def test_a_firing_that_it_tells_too_is_told_once() -> None:
    assert told(over(), fired_too=(an_alert(),)) == [
        "✅ *RESOLVED* · critical · InterfaceDown `instance=core-1` `ifName=xe-0/0/3` (fired 14:02, resolved 14:31 UTC) · D-42",
        f"was: Link down · {LINKS}",
    ]


def test_which_of_several_fired_meanwhile_is_said() -> None:
    lines = told(on(1), on(2), fired_too=(on(2),))
    assert "(1 of them fired meanwhile)" in lines[0]
    assert " · fired meanwhile: `instance=core-1` `ifName=xe-2` · was: " in lines[1]


def test_an_end_that_is_not_known_is_said() -> None:
    assert told(over(ends_at=None))[1].startswith("began 14:02 UTC, end not known · was: ")


def test_what_alertmanager_cut_is_said() -> None:
    assert " · 37 more alerts were cut by Alertmanager (max_alerts) · " in told(over(), truncated_alerts=37)[1]


def test_what_alerthub_itself_says_stands_above_it() -> None:
    assert told(over(), note="Meant for ops.", owed_at=NOW - timedelta(minutes=12))[1:3] == [
        "Meant for ops.",
        "⏳ owed since 15:55 UTC",
    ]


@pytest.mark.parametrize("name", ["summary", "message", "description", "title"])
def test_nothing_an_alert_said_reads_as_if_it_were_so(name: str) -> None:
    alert = over(annotations={name: "Link down"})
    plain = render_plain(a_story(alert, status="resolved"), Look())["text"]
    for line in [*told(alert), plain]:
        assert "Link down" not in line.replace("was: Link down", "")


@pytest.mark.parametrize("limit", [200, 500, 1000])
def test_the_line_keeps_the_limit(limit: int) -> None:
    long = [replace(on(number), annotations={"summary": f"{number} 🔥 " * 200}) for number in range(90)]
    body = render(a_story(*long, status="resolved"), Look(text_limit=limit))
    assert units(body["text"]) + sum(units(card["text"]) for card in body.get("attachments", [])) <= limit
