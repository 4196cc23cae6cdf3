"""What is installed is what `requirements.in` asks for, hashed, for every Python and machine; and asks for all that ships."""

from __future__ import annotations

import ast
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests import pins
from tests.pins import MACHINES, MADE, PYTHONS, ROOT

pytestmark = pytest.mark.anywhere
SHIPPED = ("alerthub", "routing", "deliveries", "docker")


def named(name: str) -> list[Requirement]:
    """The needs of a file people write."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith(("#", "-"))]


def pinned(name: str) -> dict[str, Requirement]:
    """The lines of a file that was made, by their package."""
    lines = re.findall(r"^([a-z0-9].*?) *(?:\\)?$", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)
    return {each.name: each for each in map(Requirement, lines)}


@contextmanager
def asking_the_index() -> Iterator[None]:
    """Skipped where it does not answer; where a landing is decided, that is a failure."""
    try:
        yield
    except pins.Unreachable as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(error))


@pytest.mark.parametrize("name", MADE)
def test_the_file_is_what_the_tool_makes_of_what_people_wrote(name: str) -> None:
    with asking_the_index():
        assert (ROOT / name).read_text(encoding="utf-8") == pins.made(name), "Run `make requirements`."


@pytest.mark.parametrize("name", MADE)
def test_every_need_that_people_wrote_is_met(name: str) -> None:
    """As far as that can be said without the package index."""
    got = pinned(name)
    missing = [
        str(need)
        for need in named(str(Path(name).with_suffix(".in")))
        if not (found := got.get(canonicalize_name(need.name)))
        or not need.specifier.contains(str(found.specifier).removeprefix("=="))
    ]
    assert missing == [], "Run `make requirements`."


def test_the_tests_run_in_the_versions_that_ship() -> None:
    ships, tested = pinned("requirements.txt"), pinned("tests/requirements.txt")
    assert {name: str(ships[name]) for name in ships} == {name: str(tested.get(name)) for name in ships}


@pytest.mark.parametrize("name", MADE)
def test_every_package_is_pinned_and_hashed(name: str) -> None:
    entries = re.split(r"^(?=[a-z0-9])", (ROOT / name).read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    assert [
        entry.split()[0] for entry in entries if "==" not in entry.split()[0] or "--hash=sha256:" not in entry
    ] == []


@pytest.mark.parametrize("name", MADE)
def test_the_file_names_no_index_and_no_machine(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert [words for words in ("://", "--index", "--find-links", str(ROOT), "\n/") if words in text] == []


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("python", PYTHONS)
def test_nothing_that_ships_has_to_be_compiled(python: str, machine: str) -> None:
    with asking_the_index():
        pins.installable("requirements.txt", python, machine)


def imported() -> Iterator[tuple[str, str]]:
    """(module at the top, file that imports it) for all that is not ours and not Python's."""
    files = [ROOT / "manage.py", *(path for package in SHIPPED for path in sorted((ROOT / package).rglob("*.py")))]
    for path in files:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module or ""]
            for name in {name.partition(".")[0] for name in names} - sys.stdlib_module_names - set(SHIPPED):
                yield name, str(path.relative_to(ROOT))


def test_every_package_the_code_imports_is_a_need_of_its_own() -> None:
    """Another package may stop to need it at any time, and then it is gone."""
    wanted = named("requirements.in")
    # An extra of a package is called as the package that it brings: psycopg[pool] is psycopg-pool.
    extras = {f"{need.name}-{extra}" for need in wanted for extra in need.extras}
    needs = {canonicalize_name(name) for name in extras | {need.name for need in wanted}}
    owners = metadata.packages_distributions()
    stray = {
        f"{module} in {path}"
        for module, path in imported()
        if needs.isdisjoint(canonicalize_name(owner) for owner in owners.get(module, []))
    }
    assert stray == set()
