"""`make requirements`: what must be installed, made out of what is named by hand; a version changes only if asked to.

`requirements.in` and `tests/requirements.in` are written by people. Out of each, uv makes the file that pip installs: with
everything these need themselves, for every Python and machine we promise, each pinned and hashed.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MADE = ("requirements.txt", "tests/requirements.txt")
OLDEST = "3.11"
PYTHONS = (OLDEST, "3.12", "3.13", "3.14")
MACHINES = {"amd64": "x86_64-manylinux_2_28", "arm64": "aarch64-manylinux_2_28"}


class Unreachable(Exception):
    """The package index does not answer, so nothing can be said."""


def make(*options: str) -> None:
    """Write both files anew. `--upgrade` takes newer versions, `--upgrade-package NAME` one newer version."""
    for name in MADE:
        (ROOT / name).write_text(made(name, *options), encoding="utf-8")


def made(name: str, *options: str) -> str:
    """What the file would be. What it says now is kept wherever it still fits, whatever has been released since.

    Raises Unreachable; ValueError with uv's own words if no versions fit together.
    """
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "made.txt"
        if (ROOT / name).exists():
            shutil.copy(ROOT / name, output)
        uv(
            *("pip", "compile", str(Path(name).with_suffix(".in")), "--output-file", str(output)),
            *("--universal", "--python-version", OLDEST, "--generate-hashes", "--annotation-style", "line"),
            *("--custom-compile-command", "make requirements"),
            *options,
        )
        return output.read_text(encoding="utf-8")


def installable(name: str, python: str, machine: str) -> None:
    """That nothing of the file has to be compiled there, and every hash is right. Raises as `made` does."""
    with tempfile.TemporaryDirectory() as folder:
        uv(
            *("pip", "install", "--dry-run", "--target", folder, "--requirements", name, "--require-hashes"),
            *("--python-version", python, "--python-platform", MACHINES[machine]),
            *("--only-binary", ":all:", "--no-deps"),
        )


def uv(*arguments: str) -> None:
    """Run it. Raises as `made` does."""
    done = _asked(arguments)
    if done.returncode == 0:
        return
    if not any(words in " ".join(done.stderr.split()) for words in ("error sending request", "Failed to fetch")):
        raise ValueError(done.stderr)
    # What uv keeps of earlier answers may do.
    if _asked([*arguments, "--offline"]).returncode:
        raise Unreachable(f"The package index does not answer, and uv remembers too little:\n{done.stderr}")


def _asked(arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    # Settings of this machine, such as an index of its own, must leave no trace in the files.
    # But whom it trusts, uv does: behind a proxy of the house pip works, and so must this.
    command = [str(Path(sys.executable).with_name("uv")), *arguments, "--no-config", "--system-certs", "--quiet"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


if __name__ == "__main__":
    make(*sys.argv[1:])
