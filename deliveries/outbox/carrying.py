"""What becomes of the deliveries a digest carries when the digest itself ends."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from deliveries.models import Delivery, Lane
from routing.models import Target

_NO_DIGEST_FOR = timedelta(minutes=10)


def end(digest_ids: Collection[int], now: datetime) -> None:
    """The digests are in the room: so is what they carry."""
    if digest_ids:
        _carried(digest_ids).update(ended_at=now)


def undo(digest_ids: Collection[int], target: Target | None, now: datetime) -> None:
    """The digests ended badly: what they carried waits again by itself, and is not merged again for a while."""
    if not digest_ids:
        return
    # Nobody has to do anything about the digest itself.
    Delivery.objects.filter(pk__in=digest_ids).update(settled=True)
    _carried(digest_ids).update(
        state=Delivery.State.WAITING,
        next_attempt_at=now,
        reason="",
        explanation="The digest that carried it could not be delivered.",
        carried_by=None,
    )
    if target is not None:
        Lane.objects.filter(pk=target.pk).update(no_digest_until=now + _NO_DIGEST_FOR)


def give_up(digest_ids: Collection[int], end: dict[str, Any]) -> list[int]:
    """Somebody gave the digests up: what they carry ends in the same way. Returns which these are."""
    if not digest_ids:
        return []
    carried = list(_carried(digest_ids).order_by("id").values_list("pk", flat=True))
    _carried(digest_ids).update(**end)
    return carried


def _carried(digest_ids: Collection[int]) -> QuerySet[Delivery]:
    return Delivery.objects.filter(carried_by__in=digest_ids, state=Delivery.State.MERGED, ended_at=None)
