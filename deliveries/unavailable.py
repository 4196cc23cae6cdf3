"""Why something could not be stored, told by what the database or the machine raised, and the line in the log about it."""

from __future__ import annotations

import errno
import logging

from django.db import Error, InterfaceError, OperationalError
from django.http import UnreadablePostError

from deliveries.labelled import Labelled


class Why(Labelled):
    """Each is one kind of line in the log."""

    READ_ONLY = "read_only", "the database is read-only: it is a standby, or its file or disk is write-protected"
    FULL = "full", "the disk under the database is full, or its files may not grow: make room there"
    BROKEN = "broken", "the disk under the database cannot be written or read"
    TOO_MANY = "too_many", "PostgreSQL has no connection left: see ALERTHUB_DATABASE_CONNECTIONS and max_connections"
    LOCKED = "locked", "the database is locked for too long by something else"
    SLOW = "slow", "the database took too long"
    AWAY = "away", "the database cannot be used"
    BODY = "body", "the body of a post broke off or came too slowly"
    MACHINE = "machine", "this machine has no files, memory or disk left"
    MISTAKE = "mistake", "AlertHub made a mistake; its log says more"

    @property
    def stops_writing(self) -> bool:
        """Nothing can be stored until somebody does something."""
        return self in (Why.READ_ONLY, Why.FULL, Why.BROKEN)


# By SQLSTATE, or its class. https://www.postgresql.org/docs/current/errcodes-appendix.html
_POSTGRESQL = {
    "25006": Why.READ_ONLY, "53100": Why.FULL, "53200": Why.MACHINE, "53300": Why.TOO_MANY, "55P03": Why.LOCKED,
    "40P01": Why.LOCKED, "57014": Why.SLOW, "25P03": Why.SLOW, "58": Why.BROKEN, "XX001": Why.BROKEN, "XX002": Why.BROKEN,
}  # fmt: skip
# By the first part of the name of SQLite's error after SQLITE_.
_SQLITE = {"READONLY": Why.READ_ONLY, "FULL": Why.FULL, "IOERR": Why.BROKEN, "CORRUPT": Why.BROKEN, "BUSY": Why.LOCKED,
           "LOCKED": Why.LOCKED}  # fmt: skip
_MACHINE = (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOSPC, errno.EDQUOT)
_LONGEST = 300


def why(error: BaseException) -> Why:
    """What kind of trouble an exception is; MISTAKE if it is none of the sender's, the database's or the machine's."""
    if isinstance(error, UnreadablePostError):
        return Why.BODY
    if isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno in _MACHINE):
        return Why.MACHINE
    if not isinstance(error, Error):
        return Why.MISTAKE
    cause = error.__cause__
    state = getattr(cause, "sqlstate", None) or ""
    name = (getattr(cause, "sqlite_errorname", None) or "").split("_")[1:2]
    known = _POSTGRESQL.get(state) or _POSTGRESQL.get(state[:2]) or _SQLITE.get("".join(name))
    if known:
        return known
    return Why.AWAY if isinstance(error, OperationalError | InterfaceError) else Why.MISTAKE


def report(log: logging.Logger, what: str, error: BaseException, about: str = "") -> Why:
    """Log that `what` did not happen, and why: one line of a kind in a minute, so it may be called for each request.

    `about`: whom it concerns; only where the mistake is AlertHub's own, each has lines of its own, with the traceback.
    """
    found = why(error)
    said = f"{what} ({about})" if about else what
    if found is Why.MISTAKE:
        log.error("%s", said, exc_info=error, extra={"seldom": (what, about)})
    else:
        log.error("%s: %s (%s)", said, found.label, _told(error), extra={"seldom": (what, found)})
    return found


def _told(error: BaseException) -> str:
    """What the database said itself, which often names the server and the number that is too small."""
    first = str(error).strip().partition("\n")[0][:_LONGEST]
    return f"{type(error).__name__}: {first}" if first else type(error).__name__
