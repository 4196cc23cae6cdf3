"""Percentiles from a histogram are near the true ones."""

from __future__ import annotations

import math
from bisect import bisect_left

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from deliveries.figures.percentiles import BOUNDS, percentile, shown


def test_of_nothing_there_is_none() -> None:
    assert percentile({}, 0.95) is None


@pytest.mark.parametrize(("share", "seconds"), [(0.5, 0.05), (1.0, 0.1)])
def test_inside_a_bucket_it_is_guessed_evenly(share: float, seconds: float) -> None:
    assert percentile({0: 10}, share) == pytest.approx(seconds)


def test_what_took_longer_than_all_bounds_is_told_as_the_last() -> None:
    assert percentile({len(BOUNDS): 3}, 0.5) == BOUNDS[-1]


def test_what_took_longer_than_all_bounds_counts_when_others_are_placed() -> None:
    assert percentile({0: 1, len(BOUNDS): 3}, 0.25) == pytest.approx(BOUNDS[0])
    assert percentile({0: 1, len(BOUNDS): 3}, 0.26) == BOUNDS[-1]


@example([0.0625, 0.0625, 0.0625, 1, 1, 1], 0.5)  # three times 0.1 is more than 0.3
@given(st.lists(st.floats(0.001, 7000), min_size=1, max_size=200), st.sampled_from([0.5, 0.95, 0.99]))
def test_it_lies_in_the_bucket_of_the_true_one(times: list[float], share: float) -> None:
    counts: dict[int, int] = {}
    for seconds in times:
        bucket = bisect_left(BOUNDS, seconds)
        counts[bucket] = counts.get(bucket, 0) + 1
    true = sorted(times)[math.ceil(share * len(times)) - 1]
    bucket = bisect_left(BOUNDS, true)
    found = percentile(counts, share)
    assert found is not None
    assert (BOUNDS[bucket - 1] if bucket else 0.0) <= found <= BOUNDS[bucket]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, "–"), (0.25, "250 ms"), (1.04, "1.0 s"), (59.9, "59.9 s"), (300.0, "5 min"), (7200.0, "2.0 h")],
)
def test_it_is_shown_as_people_read_it(seconds: float | None, text: str) -> None:
    assert shown(seconds) == text
