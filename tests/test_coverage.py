"""Every line and every branch of the rooms that import no Django is reached by tests that need no database.

Which rooms these are, the contract of the imports in pyproject.toml says. The tests of a room bear its name: of
deliveries.plan those in tests/deliveries/test_plan.py and test_plan_*.py. Luck reaches nothing, so properties do not count.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from coverage import Coverage

pytestmark = pytest.mark.anywhere
ROOT = Path(__file__).resolve().parent.parent
CONTRACT = "Decisions are plain Python"
COUNTED = "anywhere and not django_db and not hypothesis and not rocketchat"
# On SQLite and the filesystem, whatever the run around this one is on; and nothing is compiled anew.
ENVIRONMENT = {"TEST_DATABASE_URL": "", "TEST_REDIS_URL": "", "TEST_BROKER_URL": "", "PYTHONDONTWRITEBYTECODE": ""}
ENDED_WELL = (0, 1)  # whether a test fails, the run around this one says


def rooms() -> list[str]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    [modules] = [contract["source_modules"] for contract in contracts if contract["name"] == CONTRACT]
    return list(modules)


def files_of(room: str) -> list[Path]:
    path = ROOT.joinpath(*room.split("."))
    return sorted(path.rglob("*.py")) if path.is_dir() else [path.with_suffix(".py")]


def named_after(room: str) -> list[Path]:
    package, name = room.split(".")
    folder = ROOT / "tests" / package
    return sorted([*folder.glob(f"test_{name}.py"), *folder.glob(f"test_{name}_*.py")])


def unreached(data: Path, files: list[Path]) -> Iterator[str]:
    """Where nothing came by: `file:line`, or `file:line -> line` for a branch that was never taken."""
    measured = Coverage(data_file=data, config_file=False)
    measured.load()
    report = data.with_suffix(".json")
    measured.json_report(morfs=[str(file) for file in files], outfile=str(report))
    found: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))["files"]
    for name, seen in found.items():
        file = Path(ROOT, name).relative_to(ROOT)
        yield from (f"{file}:{line}" for line in seen["missing_lines"])
        for line, to in seen["missing_branches"]:
            if line not in seen["missing_lines"]:
                yield f"{file}:{line} -> {to if to > 0 else 'its end'}"


@pytest.mark.timeout(1200)
def test_every_line_and_branch_of_the_pure_rooms_is_reached(tmp_path: Path) -> None:
    files = [file for room in rooms() for file in files_of(room)]
    tests = sorted({str(test) for room in rooms() for test in named_after(room)})
    data = tmp_path / "coverage"
    command = [
        *(sys.executable, "-m", "coverage", "run", "--rcfile", os.devnull, "--data-file", str(data), "--branch"),
        *("--include", ",".join(map(str, files)), "-m"),
        *("pytest", "-q", "-p", "no:randomly", "-p", "no:cacheprovider", "-m", COUNTED, *tests),
    ]
    environment = os.environ | ENVIRONMENT | {"ALERTHUB_DATA_DIR": str(tmp_path / "data")}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode in ENDED_WELL, done.stdout[-3000:] + done.stderr[-3000:]
    missed = list(unreached(data, files))
    assert not missed, "\n".join(["No test reaches", *missed, done.stdout[-2000:] if done.returncode else ""])
