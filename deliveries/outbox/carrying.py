"""What becomes of the deliveries a digest carries when the digest itself ends."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from deliveries.models import Delivery, Lane

_NO_DIGEST_FOR = timedelta(minutes=10)


def end(digest_ids: Collection[int], now: datetime) -> None:
    """The digests are in the room: so is what they carry."""
    _carried(digest_ids).update(ended_at=now)


def undo(digest_ids: Collection[int], now: datetime, not_again: Collection[int | None] = ()) -> None:
    """The digests ended badly: what they carried waits again by itself, in doubt if its digest was.

    `not_again`: targets for which nothing is merged for a while, as their digests were refused.
    """
    if not digest_ids:
        return
    unclear = Delivery.objects.filter(Q(in_doubt=True) | Q(unknown_count__gt=0), pk__in=digest_ids)
    _carried(unclear.values("pk")).update(in_doubt=True)
    # Nobody has to do anything about the digest itself.
    Delivery.objects.filter(pk__in=digest_ids).update(settled=True)
    _carried(digest_ids).update(
        state=Delivery.State.WAITING,
        next_attempt_at=now,
        reason="",
        explanation="The digest that carried it could not be delivered.",
        carried_by=None,
    )
    Lane.objects.filter(pk__in=not_again).update(no_digest_until=now + _NO_DIGEST_FOR)


def give_up(ids: Collection[int], end: dict[str, Any]) -> list[int]:
    """Somebody gave these up: what digests among them carry ends in the same way. Returns which these are."""
    carried = list(_carried(ids).order_by("id").values_list("pk", flat=True))
    _carried(ids).update(**end)
    return carried


def _carried(digest_ids: Any) -> QuerySet[Delivery]:
    return Delivery.objects.open().filter(carried_by__in=digest_ids)
