"""What the house keeps and no linter checks: small rooms, a door plate on each, migrations that match the models."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps

from tests.mutants import changes
from tests.mutants.rooms import ROOMS, UNNOTICED

pytestmark = pytest.mark.anywhere
ROOT = Path(__file__).resolve().parent.parent
LONGEST = 250


def modules() -> Iterator[Path]:
    for package in ("alerthub", "routing", "deliveries"):
        yield from sorted(path for path in (ROOT / package).rglob("*.py") if "migrations" not in path.parts)


@pytest.mark.parametrize("path", list(modules()), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_room_is_small_and_says_what_lives_there(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= LONGEST
    assert not text.strip() or ast.get_docstring(ast.parse(text))


def test_every_model_says_what_a_row_means() -> None:
    ours = [model for app in ("routing", "deliveries") for model in apps.get_app_config(app).get_models()]
    silent = [
        model.__name__
        for model in ours
        if not model._meta.auto_created and f"{model.__name__}(" in (model.__doc__ or "")
    ]
    assert silent == []


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_whose_changes_are_tried_is_there(room: str) -> None:
    assert (ROOT / room).exists()


@pytest.mark.parametrize("file", sorted({file for file, _, _ in UNNOTICED}))
def test_a_reason_not_to_notice_names_a_change_that_can_be_made(file: str) -> None:
    named = {key for key in UNNOTICED if key[0] == file}
    made = {mutant.key for mutant in changes.of(file, (ROOT / file).read_text(encoding="utf-8"))}
    assert named - made == set()


def tool(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name(command[0])
    assert program.exists() or shutil.which(command[0]), f"{command[0]} is not installed"
    return subprocess.run(
        [str(program) if program.exists() else command[0], *command[1:]],
        cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    "command",
    [
        ("ruff", "check", "."),
        ("ruff", "format", "--check", "."),
        ("lint-imports",),
        ("mypy", "alerthub", "routing", "deliveries", "tests"),
        ("python", "manage.py", "makemigrations", "--check", "--dry-run"),
    ],
    ids=" ".join,
)
def test_the_checks_pass(command: tuple[str, ...], tmp_path: Path) -> None:
    done = tool(*command, ALERTHUB_DATA_DIR=str(tmp_path), DATABASE_URL="")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
