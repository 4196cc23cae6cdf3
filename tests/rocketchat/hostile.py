"""Texts that try all of Rocket.Chat's grammar at once, and alerts, stories and digests made of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import TypeVar

from deliveries.alertmanager import IncomingAlert
from deliveries.messages import Digest, Story, Told
from tests.deliveries.digests import a_digest, a_told
from tests.deliveries.stories import NOW, START, TRAIL, a_story, an_alert

OURS = "https://ours.example/x_1~2?a=[b]&c=(d)*_e_#:fire:"
HOSTS = ("ours.example", "alerthub.example.com", "alertmanager.example.com:9093")

_TOKENS = [
    *"@#*_~`[]()<>|\\!:+$&=-.^%;/'\"{}?,", *" " * 8, "\n", "\n\n", "\t", "\u00a0", "\u3000", "\u2028",
    "a", "b1", "Disk", "is full", "é", "漢", "8", "0", "D", "O", "X", "B", "P", "y", "3", "t", "🔥", "✅", "👍🏽", "½",
    "@all", "@here", "@a.b", "#general", "http://", "https://evil.com/a", "evil.com", "foo.py", "www.", "](", "||",
    "```", "&#64;all", "&amp;", "<b>", "x@y.zz", "mailto:", "tel:", "+4912345678", "10.0.0.1:9100", "localhost",
    "db.intranet", ":fire:", ":30:", ":)", "8)", ":/", ";)", "D:", "=D", "<3", "-_-", "O_O", ">.<", "(y)", "0:3",
    "$x$", "$$", r"\(", r"\[", r"\)", r"\]", "color:#ff0000", "<t:1700000000:R>", "<http://x.y|l>",
    "![a](http://i.j/k.png)", "[l](http://e.f)", "[l]: http://e.f", "[[", "]]", "[a b", "c d]", "[x][y]",
    "# ", "#### ", "> ", "- ", "+ ", "- [x] ", "* ", "1. ", "2) ", "---", "===", "***", "| a | b |\n|---|---|\n",
    "__name__", "snake_case_x", "a-b_c_1", '"a_b_1"', "x___y", "**b**", "*b*", "_i_", "~s~", "5 * 3 * 2", "a_b_",
    "javascript:alert(1)", "ftp://x.yz", "a:b:c", "10:20:30", r"\*x\*", r"C:\temp", "{{ x }}", "’", "\u200b", "\u202e",
]  # fmt: skip


def text(random: Random, most: int = 12) -> str:
    return "".join(random.choice(_TOKENS) + random.choice(["", "", " "]) for _ in range(random.randint(0, most)))


def alert(random: Random) -> IncomingAlert:
    named = {"summary": text(random), "description": text(random, 30), text(random, 3): text(random)}
    urls = {
        "runbook_url": random.choice([OURS, f"x {text(random, 4)}"]),
        "dashboard_url": random.choice([OURS, f"x {text(random, 4)}"]),
        text(random, 3): random.choice([OURS, text(random)]),
    }
    return an_alert(
        status=random.choice(["firing", "resolved"]),
        labels={"alertname": text(random, 4), "severity": text(random, 2), text(random, 3): text(random), "a_b": "c"},
        annotations=named | urls,
        starts_at=START - timedelta(seconds=random.randint(0, 10**6)),
        ends_at=random.choice([None, START]),
        generator_url=random.choice([OURS, f"x {text(random, 4)}"]),
        fingerprint=str(random.random()),
        grafana_fields=random.choice([{}, {"values": text(random), "panelURL": OURS}]),
    )


def story(random: Random) -> Story:
    alerts = [alert(random) for _ in range(random.choice([1, 1, 2, 8, 28]))]
    return a_story(
        *alerts,
        status=random.choice(["firing", "resolved"]),
        severity=text(random, 2),
        source_name=text(random, 3),
        rule_name=text(random, 3),
        receiver=text(random, 3),
        group_labels={text(random, 2): text(random, 2)},
        truncated_alerts=random.choice([0, 8, 123456]),
        possible_duplicate=random.choice([0, 8]),
        resend_of=random.choice([None, 8]),
        is_test=random.random() < 0.1,
        owed_at=random.choice([None, NOW - timedelta(minutes=random.randint(0, 10**4))]),
        note=random.choice(["", text(random, 20)]),
        trail_url=TRAIL,
    )


def digest(random: Random) -> Digest:
    def told() -> Told:
        return a_told(
            text(random, 3), text(random, 2), status=random.choice(["firing", "resolved"]), labels=alert(random).labels
        )

    return a_digest(
        *[told() for _ in range(random.choice([1, 8, 30]))],
        message_count=random.choice([2, 8, 123456]),
        may_repeat=random.choice([(), (8, 9), tuple(range(8, 40))]),
        oldest_at=NOW - timedelta(minutes=8),
    )


T = TypeVar("T")


def many(make: Callable[[Random], T], count: int, seed: int) -> list[T]:
    random = Random(seed)
    return [make(random) for _ in range(count)]
