"""Where a delivery stands, whoever tells of it: a merged one shares the fate of the one that carries it.

Its own state stays "merged". A firing that is told with its resolved has ended, as it holds no place any more, long before
anything may be in the room; so neither `state` nor `ended_at` says what became of it. A digest may carry that resolved, and
nothing carries a digest: two steps lead to what is sent.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Case, CharField, F, OuterRef, Q, QuerySet, Subquery, Value, When

from deliveries.models.delivery import Delivery
from deliveries.reasons import Reason

_MERGED, _DELIVERED = Delivery.State.MERGED, Delivery.State.DELIVERED
_WITH_RESOLVED = Q(state=_MERGED, reason=Reason.WITH_RESOLVED.value)
# Of what carries: a merged one among these is a resolved in a digest, which ends when the digest is in the room.
_CARRIER_IN_ROOM = Q(state=_DELIVERED) | Q(state=_MERGED, ended_at__isnull=False)
# Those of which no other row need be asked.
IN_ROOM_BY_ITSELF = _CARRIER_IN_ROOM & ~_WITH_RESOLVED
TOLD = (_DELIVERED.value, _MERGED.value)
"""Where it stands when its room was told."""
FAILED = (Delivery.State.REJECTED, Delivery.State.EXPIRED)


def of(delivery: Delivery) -> str:
    """The state of what carries it, or "merged" if that is in the room; its own state if it is not merged.

    Reads the rows of what carries it, unless `select_related` named `CARRIERS`.
    """
    if delivery.state != _MERGED:
        return delivery.state
    carrier = delivery.carried_by
    if carrier is None:
        return (Delivery.State.WAITING if delivery.ended_at is None else _MERGED).value
    found = of(carrier)
    return (_MERGED if found == _DELIVERED else Delivery.State(found)).value


CARRIERS = "carried_by__carried_by"


def stands() -> Case:
    """The same inside the database."""
    found = Case(
        When(_CARRIER_IN_ROOM, then=Value(_MERGED.value)),
        When(state=_MERGED, then=F("carried_by__state")),
        default=F("state"),
    )
    return Case(
        When(~Q(state=_MERGED), then=F("state")),
        When(IN_ROOM_BY_ITSELF | Q(carried_by=None, ended_at__isnull=False), then=Value(_MERGED.value)),
        When(carried_by=None, then=Value(Delivery.State.WAITING.value)),
        default=Subquery(_carriers().annotate(found=found).values("found")[:1]),
        output_field=CharField(),
    )


def took(seconds: Callable[[Any, Any], Any]) -> Case:
    """`seconds(end, begin)` of what is in the room, up to when its room was told; NULL of anything else."""
    told = _carriers().filter(_CARRIER_IN_ROOM).annotate(took=seconds("ended_at", OuterRef("created_at")))
    return Case(
        When(IN_ROOM_BY_ITSELF, then=seconds("ended_at", "created_at")),
        When(_WITH_RESOLVED, then=Subquery(told.values("took")[:1])),
        default=Value(None),
    )


def _carriers() -> QuerySet[Delivery]:
    return Delivery.objects.filter(pk=OuterRef("carried_by")).order_by()


def in_room_with_resolved() -> QuerySet[Delivery]:
    """Told with their resolved, which is in the room since its `ended_at`."""
    told = Q(carried_by__state=_DELIVERED) | Q(carried_by__state=_MERGED, carried_by__ended_at__isnull=False)
    return Delivery.objects.filter(_WITH_RESOLVED & told)


def ended_too_early() -> QuerySet[Delivery]:
    """Told with their resolved, which is open still: so are they, though they ended."""
    return Delivery.objects.filter(
        state=_MERGED, ended_at__isnull=False, carried_by__in=Delivery.objects.open().order_by().values("pk")
    )


def where_open() -> Q:
    """What has not reached its room and may yet. By indexes, whatever the tables hold."""
    return _any_of(Delivery.objects.open(), ended_too_early())


def where_failed() -> Q:
    """What was rejected or expired, by itself or as a part of what was."""
    failed = Delivery.objects.filter(state__in=FAILED)
    return _any_of(failed, Delivery.objects.filter(state=_MERGED, carried_by__in=failed.order_by().values("pk")))


def where_in_the_room() -> Q:
    """What the room was told, by itself or as a part of another message."""
    elsewhere: Any = Delivery.objects.filter(state=_MERGED).exclude(carried_by=None)
    elsewhere = elsewhere.exclude(carried_by__state__in=(_DELIVERED, _MERGED)) | ended_too_early()
    return Q(state__in=(_DELIVERED, _MERGED), ended_at__isnull=False) & ~Q(pk__in=elsewhere.order_by().values("pk"))


def _any_of(*rows: QuerySet[Delivery]) -> Q:
    first, *others = (some.order_by().values("pk") for some in rows)
    return Q(pk__in=first.union(*others, all=True))
