"""Keeps what was refused at the door, so that somebody can see it: Alertmanager will not send it again."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from django.db import Error, transaction
from django.db.models import F

from deliveries import unavailable
from deliveries.door.entry import Refused
from deliveries.models import RejectedRequest
from deliveries.redaction import redact
from routing.rulebook import Admission

log = logging.getLogger(__name__)

BODY_KEPT = 16 * 1024
_SAME_AGAIN = timedelta(minutes=1)
_SENDERS_A_MINUTE = 20
# Rows about nobody we know, over all reasons.
_STRANGERS_A_DAY = 500
# Of strangers, by each process: so many refusals one after the other, and then so many a second.
_WRITTEN_AT_ONCE, _WRITTEN_A_SECOND = 30, 1.0


def keep(refused: Refused, *, admitted: Admission | None, sender: str, content_type: str, now: datetime) -> None:
    """Never raises: a refusal that cannot be kept is still answered and logged.

    Strangers who come in a flood are counted here, and written now and then: each of them would cost a transaction, and
    those who may post would wait behind it.
    """
    log.warning(
        "Refused a post of %s from %s: %s %s",
        admitted.source_name if admitted else "an unknown source",
        sender,
        refused.status,
        refused.reason,
        extra={} if admitted else {"seldom": refused.reason},
    )
    times = 1 if admitted else _flood.count(refused.reason, now)
    if not times:
        return
    same = {"reason": refused.reason, "source_id": admitted.source_id if admitted else None, "sender": sender[:200]}
    try:
        with transaction.atomic():
            recent = _recent(same, now)
            if recent:
                RejectedRequest.objects.filter(pk=recent.pk).update(times=F("times") + times, last_at=now)
                return
            RejectedRequest.objects.create(
                **same,
                source_name=admitted.source_name if admitted else "",
                first_at=now,
                last_at=now,
                times=times,
                status_code=refused.status,
                message=refused.message,
                content_type=content_type[:100],
                size=len(refused.body) if refused.body else refused.size,
                body=_text(refused.body),
            )
    except Error as error:
        unavailable.report(log, "A rejected request could not be kept", error)


class _Flood:
    """What this process refused strangers: how much of it may be written, and what was not yet, by reason."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left, self._since = float(_WRITTEN_AT_ONCE), 0.0
        self._unwritten: Counter[str] = Counter()

    def count(self, reason: str, now: datetime) -> int:
        """How many refusals are to be written now, those before it that were not included; 0: none."""
        moment = now.timestamp()
        with self._lock:
            # A clock that was set back gives nothing, and takes nothing.
            self._left = min(_WRITTEN_AT_ONCE, self._left + max(0.0, moment - self._since) * _WRITTEN_A_SECOND)
            self._since = moment
            self._unwritten[reason] += 1
            if self._left < 1:
                return 0
            self._left -= 1
            return self._unwritten.pop(reason)


_flood = _Flood()


def forget() -> None:
    """Drop what is kept in memory: for tests."""
    global _flood
    _flood = _Flood()


def _recent(same: dict[str, Any], now: datetime) -> RejectedRequest | None:
    """The row that this refusal only counts up; None if it needs one of its own."""
    recent = RejectedRequest.objects.filter(last_at__gt=now - _SAME_AGAIN).order_by("-last_at")
    alike = recent.filter(**same).first()
    if alike is not None:
        return alike
    # Whoever varies its name must not fill the disk.
    others = list(recent.filter(reason=same["reason"], source_id=same["source_id"])[:_SENDERS_A_MINUTE])
    if len(others) == _SENDERS_A_MINUTE:
        return others[0]
    return None if same["source_id"] else _one_too_many(same["reason"], now)


def _one_too_many(reason: str, now: datetime) -> RejectedRequest | None:
    """The newest row of a stranger with this reason, if there are enough of strangers today."""
    strangers = RejectedRequest.objects.filter(source=None, first_at__gt=now - timedelta(days=1)).order_by("-last_at")
    if strangers[:_STRANGERS_A_DAY].count() < _STRANGERS_A_DAY:
        return None
    return strangers.filter(reason=reason).first()


def _text(body: bytes) -> str:
    return redact(body[:BODY_KEPT].decode("utf-8", "replace").replace("\0", "�"))
