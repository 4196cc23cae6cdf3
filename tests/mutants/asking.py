"""Which tests are asked whether they notice a change, and in which order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

Seen = dict[str, tuple[float, list[str]]]
"""By test: how many seconds of a processor it took, and the functions it ran, as `file:name`."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The tests a change is tried with, how long they take without it, and those that are left; `before` were asked."""

    items: list[pytest.Item]
    seconds: float
    others: list[pytest.Item]
    before: int = 0

    @classmethod
    def of(cls, items: Sequence[pytest.Item], took: Mapping[str, float], most: float, before: int = 0) -> Asked:
        """As many as take `most` seconds, and at least one."""
        count, seconds = 0, 0.0
        for item in items:
            if count and seconds + took[item.nodeid] > most:
                break
            count, seconds = count + 1, seconds + took[item.nodeid]
        return cls(list(items[:count]), seconds, list(items[count:]), before)

    def rest(self, took: Mapping[str, float], most: float) -> Asked:
        return Asked.of(self.others, took, most, self.before + len(self.items))


def runs(items: Sequence[pytest.Item], seen: Seen) -> dict[str, list[pytest.Item]]:
    """By function, the tests that run it: those of its own file first, then of its room, and of these the quickest."""
    runs: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        for function in seen.get(item.nodeid, (0.0, []))[1]:
            runs[function].append(item)
    for function, some in runs.items():
        file = Path(function.partition(":")[0])
        some.sort(key=lambda each, file=file: (empties(each), _distance(each, file), seen[each.nodeid][0]))  # type: ignore[misc]
    return runs


def _distance(item: pytest.Item, file: Path) -> int:
    """0 for the tests of a file, 1 for those of its room, 2 for others."""
    test = item.path.relative_to(ROOT / "tests")
    if test.parent != file.parent:
        return 2
    return int(not test.stem.startswith(f"test_{file.stem}"))


def empties(item: pytest.Item) -> bool:
    """Leaves a database behind in which nothing is, not even what migrations made: it runs after all others."""
    marker = item.get_closest_marker("django_db")
    fixtures = {"transactional_db", "live_server"}.intersection(getattr(item, "fixturenames", ()))
    return bool(fixtures) or (marker is not None and bool(marker.kwargs.get("transaction")))
