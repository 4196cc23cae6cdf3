"""What the process that renders answers, apart from being one."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from deliveries.templating import child

pytestmark = pytest.mark.anywhere

FIRST, LAST = ("one alert", {"count": 1}), ("two alerts", {"count": 2})


def answered(*contexts: tuple[str, dict[str, Any]], **sources: str) -> dict[str, Any]:
    return child.answered({"sources": sources, "contexts": contexts, "seconds": 30})


def test_each_field_has_the_text_of_the_last_context() -> None:
    told = answered(FIRST, LAST, headline="{{ count }}", card="no more than {{ count }}")
    assert told == {"texts": {"headline": "2", "card": "no more than 2"}, "faults": {}}


def test_a_fault_names_its_line_and_the_context_it_happened_with() -> None:
    told = answered(FIRST, LAST, card="\n{{ 1 / (count - 2) }}")
    assert told["faults"] == {"card": ("Division by zero.", 2, "two alerts")}


def test_a_field_is_not_tried_again_after_its_first_fault() -> None:
    told = answered(FIRST, LAST, card="{{ 1 / 0 }}")
    assert told == {"texts": {}, "faults": {"card": ("Division by zero.", 1, "one alert")}}


def test_a_fault_of_one_field_is_none_of_the_other() -> None:
    told = answered(FIRST, headline="{{ 1 / 0 }}", card="{{ count }}")
    assert (told["texts"], told["faults"].keys()) == ({"card": "1"}, {"headline"})


def test_memory_that_ran_out_is_all_that_is_said() -> None:
    assert answered(FIRST, ("", {"all": range(2**62)}), card="{{ all|list }}") == {"memory": True}


@pytest.mark.parametrize("source", ["x", "{{ 1 / 0 }}", "{{ all|list }}"])
def test_afterwards_no_time_is_counted_any_more(source: str) -> None:
    answered(("", {"all": range(2**62)}), card=source)
    assert signal.getitimer(signal.ITIMER_PROF) == (0.0, 0.0)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not say it")
def test_the_size_is_that_of_the_process() -> None:
    assert child._size() == pytest.approx(psutil.Process().memory_info().vms, rel=0.05)


def told_as(words: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    (folder / "statm").write_text(words)
    monkeypatch.setattr(child, "_SIZE_IN_PAGES", str(folder / "statm"))
    return child._size()


def test_the_size_is_told_in_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert told_as("7 3 2 1 0 1 0\n", tmp_path, monkeypatch) == 7 * os.sysconf("SC_PAGE_SIZE")


def test_where_the_size_is_no_number_much_is_supposed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert told_as("unknown", tmp_path, monkeypatch) == 256 * 1024 * 1024


def test_where_the_size_is_not_told_much_is_supposed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "_SIZE_IN_PAGES", str(tmp_path / "statm"))
    assert child._size() == 256 * 1024 * 1024
