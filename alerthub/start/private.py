"""The data folder is for AlertHub's own user alone: it holds the database with its sessions, and the keys."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

_FOLDER, _FILE = 0o700, 0o600
_OTHERS = 0o077


def folder(path: Path) -> None:
    """Make the folder if it is missing, and take from others what they may do with it and the files in it.

    What another user owns (a volume of a container) or everybody shares (sticky, as /tmp) is left as it is. Raises
    ImproperlyConfigured where no such folder can be made.
    """
    try:
        path.mkdir(mode=_FOLDER, parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(f"ALERTHUB_DATA_DIR cannot be {path}: {error.strerror}.") from None
    if not _is_ours(path):
        return
    _close(path, _FOLDER)
    for entry in path.iterdir():
        try:
            if _is_ours(entry):
                _close(entry, _FOLDER if entry.is_dir() else _FILE)
        except FileNotFoundError:
            continue  # a journal that came and went


def new_files() -> None:
    """What this process makes from now on is for its user alone. Not for what serves files, such as collectstatic."""
    os.umask(_OTHERS)


def _is_ours(path: Path) -> bool:
    found = path.lstat()
    return found.st_uid == os.geteuid() and not stat.S_ISLNK(found.st_mode) and not found.st_mode & stat.S_ISVTX


def _close(path: Path, mode: int) -> None:
    if path.stat().st_mode & _OTHERS:
        path.chmod(path.stat().st_mode & mode)
