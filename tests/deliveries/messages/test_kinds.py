"""Counts per severity and alert name: nothing is left out, and the size is known before anything is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deliveries.messages import kinds, kinds_size
from deliveries.messages.fit import units
from deliveries.messages.kinds import Tally
from routing.rules.severity import rank
from tests.deliveries.digests import counts_in

EVERYTHING = 10**9
NAMES = st.sampled_from(["DiskFull", "a, b ×3", "x (2 resolved)", "@all", "", "🔥" * 90, "n" * 300]) | st.text(
    max_size=9
)
SEVERITIES = st.sampled_from(["critical", "warning", "info", "", "sev-7", "**x** ·"]) | st.text(max_size=5)
COUNTS = st.tuples(st.integers(0, 30), st.integers(0, 30))
KINDS = st.dictionaries(st.tuples(SEVERITIES, NAMES), COUNTS, max_size=12)
ROOMS = st.integers(60, 600)


def told(given_kinds: dict[tuple[str, str], tuple[int, int]], room: int = EVERYTHING) -> list[str]:
    return kinds.told(given_kinds, room).split("  \n")


def test_the_worst_severity_and_what_fires_most_stand_first() -> None:
    counts = {
        ("info", "Cert"): (1, 0),
        ("critical", "HostDown"): (0, 9),
        ("critical", "PostgresDown"): (1, 0),
        ("critical", "DiskFull"): (15, 5),
        ("sev-7", "Odd"): (2, 0),
        ("warning", "Slow"): (3, 0),
    }
    assert told(counts) == [
        "🔴 **30 critical** · DiskFull ×20 (5 resolved), PostgresDown, HostDown ×9 (resolved)",
        "🟠 **3 warning** · Slow ×3",
        "⚪ **2 sev-7** · Odd ×2",
        "🔵 **1 info** · Cert",
    ]


def test_a_severity_of_which_nothing_fires_any_more_is_green() -> None:
    assert told({("critical", "DiskFull"): (0, 1)}) == ["✅ **1 critical** · DiskFull (resolved)"]


def test_missing_names_and_severities_are_named_so() -> None:
    assert told({("", ""): (2, 0)}) == ["⚪ **2 no severity** · alert without a name ×2"]


def test_a_name_that_looks_like_a_count_cannot_pass_for_one() -> None:
    assert told({("info", "A ×9, B"): (2, 0)}) == ["🔵 **2 info** · `A ×9, B` ×2"]


def test_what_does_not_fit_is_counted() -> None:
    counts = {("critical", f"Alert{number:02}"): (number, 0) for number in range(1, 21)}
    assert told(counts, 90) == ["🔴 **210 critical** · Alert20 ×20, Alert19 ×19", "**+18 more kinds (171 alerts)**"]


def test_where_only_the_words_more_than_above_find_no_room_nothing_else_is_left_out() -> None:
    counts = {(f"sev-{number}", "DiskFull"): (1, 0) for number in range(9)}
    room = kinds_size(counts) + 9 * units(kinds.MORE) - 1
    lines = kinds.told(counts, room, beside=[severity for severity, _ in counts]).split("  \n")
    assert lines == [f"⚪ **1 sev-{number}** · DiskFull" for number in range(9)]


def test_kinds_without_alerts_are_not_told() -> None:
    assert told({("critical", "DiskFull"): (0, 0)}) == [""]


def test_five_hundred_ordinary_names_fit_into_two_digests() -> None:
    counts = {("critical", f"AlertNumb{number:03}"): (20, 0) for number in range(250)}
    assert kinds_size(counts) <= 4600


@given(KINDS)
def test_the_size_is_what_telling_all_takes(counts: dict[tuple[str, str], tuple[int, int]]) -> None:
    assert kinds_size(counts) == units(kinds.told(counts, EVERYTHING))


@given(st.lists(KINDS, min_size=1, max_size=5))
def test_a_tally_knows_its_size_at_every_step(steps: list[dict[tuple[str, str], tuple[int, int]]]) -> None:
    tally = Tally()
    for step in steps:
        foreseen = tally.size_with(step)
        tally.add(step)
        assert foreseen == tally.size == kinds_size(tally.kinds)


@given(KINDS, ROOMS)
def test_the_counts_in_the_room_add_up_to_all(counts: dict[tuple[str, str], tuple[int, int]], room: int) -> None:
    text = kinds.told(counts, room)
    shown = counts_in(text)
    assert shown.total == sum(map(sum, counts.values()))
    assert units(text) <= room


@given(KINDS)
def test_severities_stand_worst_first(counts: dict[tuple[str, str], tuple[int, int]]) -> None:
    ranks = [rank(severity) for severity in kinds.by_severity(counts)]
    assert ranks == sorted(ranks)


@given(KINDS, st.data())
def test_a_kind_whose_firing_and_resolved_became_one_takes_no_more_than_planned(
    counts: dict[tuple[str, str], tuple[int, int]], data: st.DataObject
) -> None:
    later = {}
    for kind, (firing, over) in counts.items():
        still, ended = data.draw(st.integers(0, firing)), data.draw(st.integers(0, over))
        later[kind] = still, ended
    assert kinds_size(later) <= kinds_size(counts)


@pytest.mark.parametrize(("count", "text"), [((3, 0), ""), ((3, 2), " (2 resolved)"), ((0, 2), " (resolved)")])
def test_resolved_ones_are_counted_apart(count: tuple[int, int], text: str) -> None:
    assert kinds.resolved_of(count) == text


def test_the_names_on_top_keep_their_room() -> None:
    counts = {("critical", f"Alert{number}"): (9 - number, 0) for number in range(6)}
    for room in range(60):
        assert units(kinds.top(counts, "critical", room)) <= room
    assert kinds.top(counts, "critical", 60) == "Alert0 ×9, Alert1 ×8, Alert2 ×7, +3 kinds"
    assert kinds.top(counts, "critical", 38) == "Alert0 ×9, Alert1 ×8, +4 kinds"
