"""`python -m tests.covering DATA`: what the tests of the rooms that import no Django reach in them, line by line.

Only while such a test runs: counting makes all of Python slow, and most of a run is Django's start and pytest's own.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import tomllib
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import django
import pytest
from coverage import Coverage

ROOT = Path(__file__).resolve().parent.parent
CONTRACT = "Decisions are plain Python"
COUNTED = "anywhere and not django_db and not hypothesis and not rocketchat"


def rooms() -> list[str]:
    """The modules that the contract of the imports in pyproject.toml keeps free of Django."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    [modules] = [contract["source_modules"] for contract in contracts if contract["name"] == CONTRACT]
    return list(modules)


def files() -> list[Path]:
    found: list[Path] = []
    for room in rooms():
        path = ROOT.joinpath(*room.split("."))
        found += sorted(path.rglob("*.py")) if path.is_dir() else [path.with_suffix(".py")]
    return found


def about(room: str) -> list[Path]:
    """Its tests: those of the folder of the same name, or test_plan.py and test_plan_*.py of deliveries.accept.plan."""
    folder = ROOT.joinpath("tests", *room.split("."))
    if folder.is_dir():
        return sorted(folder.rglob("test_*.py"))
    return sorted([*folder.parent.glob(f"test_{folder.name}.py"), *folder.parent.glob(f"test_{folder.name}_*.py")])


def unreached(data: Path) -> Iterator[str]:
    """Where nothing came by: `file:line`, or `file:line -> line` for a branch that was never taken."""
    measured = Coverage(data_file=data, config_file=False)
    measured.load()
    report = data.with_suffix(".json")
    measured.json_report(morfs=[str(file) for file in files()], outfile=str(report))
    found: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))["files"]
    for name, seen in found.items():
        file = Path(ROOT, name).relative_to(ROOT)
        yield from (f"{file}:{line}" for line in seen["missing_lines"])
        for line, to in seen["missing_branches"]:
            if line not in seen["missing_lines"]:
                yield f"{file}:{line} -> {to if to > 0 else 'its end'}"


class _Counting:
    """Counts while a test, or what it asked for, is at work."""

    def __init__(self, coverage: Coverage) -> None:
        self._coverage = coverage

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self) -> Generator[None, Any, Any]:
        with self._coverage.collect():
            return (yield)

    pytest_runtest_call = pytest_runtest_teardown = pytest_runtest_setup


def main(data: str) -> int:
    coverage = Coverage(data_file=data, config_file=False, branch=True, include=[str(file) for file in files()])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    with coverage.collect():
        # Some of them stand in a package beside others that need it.
        django.setup()
        for file in files():
            importlib.import_module(".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"))
    tests = {str(test) for room in rooms() for test in about(room)}
    code = pytest.main(
        ["-q", "-m", COUNTED, "-p", "no:randomly", "-p", "no:cacheprovider", *sorted(tests)],
        plugins=[_Counting(coverage)],
    )
    coverage.save()
    return int(code)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
