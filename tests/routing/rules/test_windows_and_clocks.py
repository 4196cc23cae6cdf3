"""Windows on the days when clocks are put forward or back: what the clock on the wall shows counts."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from routing.rules import windows
from routing.rules.windows import Window

pytestmark = pytest.mark.anywhere


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_an_hour_that_the_clock_leaves_out_is_no_change() -> None:
    """On 2026-03-29 Berlin goes from 02:00 to 03:00."""
    window = Window("backup", (windows.read("02:00-03:00", location="Europe/Berlin"),))
    assert window.changes_at(at("2026-03-29T00:00")) == at("2026-03-30T00:00")
