"""What the self-watch finds in the rows, and what it told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from deliveries.models import Delivery, Lane, RejectedRequest
from routing.models import Target

Clock = Callable[[float], datetime]


def breaks(target: Target, since: datetime, reason: str = "not_found", **fields: Any) -> None:
    lane, _ = Lane.objects.get_or_create(target=target)
    Lane.objects.filter(pk=lane.pk).update(broken_at=since, broken_reason=reason, **fields)


def mended(target: Target) -> None:
    Lane.objects.filter(pk=target.pk).update(broken_at=None, broken_reason="", opened_at=None)


def notices(target: Target | None = None) -> list[str]:
    """The first lines of what was told, the oldest first."""
    rows = Delivery.objects.filter(kind="notice").order_by("id")
    return [row.title for row in (rows.filter(target=target) if target else rows)]


def refuse(at: datetime, **fields: Any) -> None:
    known = {"status_code": 413, "reason": "too_large", "message": "", "source_name": "prod"}
    RejectedRequest.objects.create(first_at=at, last_at=at, **known | fields)
