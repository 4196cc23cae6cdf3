"""Whatever a digest tells, no alert vanishes, the worst come first, and the size limit is kept."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deliveries.messages import Digest, Look, Told, kinds_room, kinds_size, render_digest, render_digest_plain
from deliveries.messages.fit import units
from routing.rules.severity import rank
from tests.deliveries.digests import LIST, a_digest, a_told, card, counts_in, line, lines, on, resolved
from tests.deliveries.messages.test_render import MAPS, MOMENTS, TEXT, texts
from tests.deliveries.stories import NOW

NAMES = st.sampled_from(["DiskFull", "HostDown", "a, b ×3", "x (2 resolved)", "n" * 300]) | TEXT

TOLD = st.builds(
    Told,
    name=NAMES,
    severity=st.sampled_from(["critical", "warning", "info", ""]) | TEXT,
    status=st.sampled_from(["firing", "resolved"]),
    starts_at=MOMENTS,
    ends_at=MOMENTS,
    labels=MAPS,
    was_firing=st.booleans(),
)

DIGESTS = st.builds(
    Digest,
    told=st.lists(TOLD, max_size=25).map(tuple),
    message_count=st.integers(1, 10**6),
    oldest_at=st.datetimes(datetime(2020, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),
    delivery_id=st.integers(1, 2**63 - 1),
    list_url=st.sampled_from([LIST, f"https://a.example/{'x' * 250}", "https://b.example/" + "y" * 900]) | TEXT,
    now=st.just(NOW),
    may_repeat=st.lists(st.integers(1, 2**63 - 1), max_size=40).map(tuple),
    possible_duplicate=st.integers(0, 99),
)

LIMITS = st.integers(500, 6000)


def test_ten_thousand_alerts_in_five_hundred_groups_take_two_digests() -> None:
    names = [f"AlertNumb{number:03}" for number in range(250)]
    digest = a_digest(*(a_told(name, **on(number)) for name in names for number in range(20)))
    counts = counts_in(card(digest)["text"])
    assert counts.alerts == Counter({("critical", name): 20 for name in names})


@settings(deadline=None)
@given(DIGESTS, LIMITS)
def test_the_counts_in_the_room_add_up_to_all_alerts(digest: Digest, limit: int) -> None:
    counts = counts_in(card(digest, limit)["text"])
    assert counts.total == len(digest.told)
    if not counts.more_kinds:
        assert counts.resolved.total() == sum(alert.status == "resolved" for alert in digest.told)


@settings(deadline=None)
@given(DIGESTS, LIMITS)
def test_any_digest_keeps_every_rule_of_rocketchat(digest: Digest, limit: int) -> None:
    for body in (render_digest(digest, Look(text_limit=limit)), render_digest_plain(digest, Look(text_limit=limit))):
        assert sum(map(units, texts(body))) <= limit
        assert all(texts(body))
        assert f"D-{digest.delivery_id}" in body["text"]
        json.dumps(body, ensure_ascii=False).encode()
    attachment = card(digest, limit)
    assert re.fullmatch(r"#[0-9A-F]{6}", attachment["color"])
    assert re.match(r"https?://[^/]", attachment.get("title_link", "https://x"))


@settings(deadline=None)
@given(DIGESTS, LIMITS)
def test_what_fits_into_the_room_for_kinds_is_told_whole(digest: Digest, limit: int) -> None:
    kinds: dict[tuple[str, str], tuple[int, int]] = {}
    for alert in digest.told:
        firing, over = kinds.get((alert.severity, alert.name), (0, 0))
        kinds[alert.severity, alert.name] = (firing, over + 1) if alert.status == "resolved" else (firing + 1, over)
    counts = counts_in(card(digest, limit)["text"])
    assert counts.more_kinds == 0 or kinds_size(kinds) > kinds_room(Look(text_limit=limit), digest.list_url)


@settings(deadline=None)
@given(st.lists(st.sampled_from(["critical", "warning", "info"]), min_size=1, max_size=30), LIMITS)
def test_what_is_listed_is_the_worst_of_all(severities: list[str], limit: int) -> None:
    digest = a_digest(*(a_told(f"A{n}", severity, **on(n)) for n, severity in enumerate(severities)))
    emoji = {"🔴": "critical", "🟠": "warning", "🔵": "info"}
    listed = [emoji[line[0]] for line in lines(digest, limit) if re.match("[🔴🟠🔵] A", line)]
    assert listed == sorted(severities, key=rank)[: len(listed)]


@settings(deadline=None)
@given(st.integers(1, 60), st.integers(0, 30), LIMITS)
def test_what_is_listed_and_what_is_more_are_all(firing: int, over: int, limit: int) -> None:
    alerts = [a_told(**on(number)) for number in range(firing)]
    alerts += [resolved("HostDown", was_firing=number % 2 == 0, **on(number + 100)) for number in range(over)]
    text = card(a_digest(*alerts), limit)["text"]
    listed = text.count("`instance=")
    more = re.search(r"\*\*\+(\d+) more\*\* – ", text)
    assert listed + int(more[1] if more else 0) == firing + over


@settings(deadline=None)
@given(DIGESTS)
def test_no_mention_or_foreign_link_is_active(digest: Digest) -> None:
    for text in texts(render_digest(digest, Look())):
        assert not re.search(r"(?<![A-Za-z0-9_.+-])@\w|@(?:all|here)\b", text)
        labels = re.findall(r"\[([^\[\]\u2060]*)\]\(", re.sub(r"`[^`]*`", "", text))
        assert all(label == "full list" for label in labels)


def test_an_empty_digest_is_still_a_message() -> None:
    empty = replace(a_digest(), told=())
    assert line(empty) == "📋 *DIGEST* · 0 alerts in 2 messages · D-99"


@pytest.mark.parametrize("limit", [500, 100_000])
def test_any_text_limit_of_a_target_has_room_for_kinds(limit: int) -> None:
    assert kinds_room(Look(text_limit=limit), LIST) >= 150
