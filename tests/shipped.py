"""The virtualenv that ships: `requirements.txt` and nothing else, so that no test tool can stand in for what is missing.

Journeys run AlertHub's processes in it. It is made once and kept in `.cache` for as long as that file stays the same.
"""

from __future__ import annotations

import fcntl
import functools
import hashlib
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import pins
from tests.pins import ROOT

_CACHE = ROOT / ".cache"
_PREFIX = "shipped-"


@functools.cache
def python() -> str:
    """The path of its Python. Without the package index, who asks is skipped; where a landing is decided, it fails."""
    needs = (ROOT / "requirements.txt").read_bytes()
    folder = _CACHE / f"{_PREFIX}{hashlib.sha256(needs + sys.version.encode()).hexdigest()[:16]}"
    with _alone():
        if not (folder / "made").exists():
            try:
                _make(folder)
            except pins.Unreachable as error:
                if os.environ.get("CI") == "true":
                    raise
                pytest.skip(str(error))
    return str(folder / "bin" / "python")


def _make(folder: Path) -> None:
    for former in _CACHE.glob(f"{_PREFIX}*"):
        shutil.rmtree(former)
    pins.uv("venv", str(folder), "--python", sys.executable)
    where = ("--python", str(folder), "--compile-bytecode")
    pins.uv("pip", "install", *where, "--requirements", "requirements.txt", "--require-hashes")
    (folder / "made").touch()


@contextmanager
def _alone() -> Iterator[None]:
    """Of several processes one makes it, and the others wait."""
    _CACHE.mkdir(exist_ok=True)
    with (_CACHE / "shipped.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
