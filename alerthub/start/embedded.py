"""The embedded database file before it is used: one that is damaged or may not be written stops the start, clearly."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

_HELP = "Put back a copy of the data folder, or move the file away to begin with an empty database"


class Unusable(Exception):
    """The file cannot serve; str() says what to do."""


def check(path: Path) -> None:
    """Raises Unusable for a file that is damaged, is no database, or cannot be written. A missing one is made later."""
    if not path.exists():
        return
    if not os.access(path, os.W_OK) or not os.access(path.parent, os.W_OK):
        raise Unusable(f"The database {path} cannot be written: let AlertHub's user own it and its folder.")
    try:
        with closing(sqlite3.connect(path, timeout=20)) as connection:
            found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise Unusable(f"The database {path} cannot be read ({error}). {_HELP}.") from None
    if found != "ok":
        raise Unusable(f"The database {path} is damaged ({found}). {_HELP}.")
