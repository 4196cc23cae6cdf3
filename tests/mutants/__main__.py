"""`make mutants ARGS="--sample 300 --seed 7 deliveries/accept/plan.py"`: without names all rooms, without --sample every change."""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
from pathlib import Path

import pytest

from tests.mutants.rooms import ROOMS, TESTS, UNNOTICED
from tests.mutants.running import ROOT, Mutating

ENOUGH = 0.95


def main(arguments: list[str]) -> int:
    asked = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    asked.add_argument("rooms", nargs="*", default=ROOMS)
    asked.add_argument("--sample", type=int, default=0)
    asked.add_argument("--seed", type=int, default=20261123)
    asked.add_argument("--tests", nargs="*", default=TESTS)
    given = asked.parse_args(arguments)
    # Each once: a room may be named beside the one it lies in.
    files = list(dict.fromkeys(file for room in given.rooms for file in _files(ROOT / room)))
    folder = ROOT / ".cache" / "mutants"
    folder.mkdir(parents=True, exist_ok=True)
    plugin = Mutating(files, folder / f"{_state(given.tests, files)}.json", given.sample, given.seed)
    os.environ["HYPOTHESIS_PROFILE"] = "mutants"
    code = pytest.main(
        [*given.tests, "-q", "-m", "not journey and not broker", "-p", "no:randomly", "-p", "no:xdist", "-p", "no:cacheprovider",
         "-W", "ignore", "--timeout", "60"],
        plugins=[plugin],
    )  # fmt: skip
    if not plugin.verdicts:
        print(f"No change was tried; {plugin.skipped} could not be made.")
        return int(code) or 1
    return _told(plugin)


def _told(plugin: Mutating) -> int:
    missed = [each.mutant for each in plugin.verdicts if not each.is_noticed]
    unknown = [mutant for mutant in missed if mutant.key not in UNNOTICED]
    noticed = len(plugin.verdicts) - len(missed)
    share = noticed / len(plugin.verdicts)
    print(
        f"\n{len(plugin.verdicts)} changes, {noticed} noticed ({share:.1%}), {len(missed)} not: "
        f"{len(missed) - len(unknown)} of them with a reason; {plugin.skipped} could not be made"
    )
    overdone = {each.mutant.key for each in plugin.verdicts if each.is_noticed} & UNNOTICED.keys()
    for file, function, change in sorted(overdone):
        print(f"Noticed, so it needs no reason any more: {file} {function}: {change}")
    return int(share < ENOUGH or bool(overdone))


def _files(path: Path) -> list[Path]:
    found = sorted(path.rglob("*.py")) if path.is_dir() else [path]
    return [each for each in found if "migrations" not in each.parts]


def _state(tests: list[str], files: list[Path]) -> str:
    """Names what was seen: another one for every change of the code or the tests."""
    read = [path for folder in ("alerthub", "routing", "deliveries", "tests") for path in (ROOT / folder).rglob("*.py")]
    parts = [path.read_bytes() for path in sorted(read)] + [str(each).encode() for each in [*tests, *files]]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
