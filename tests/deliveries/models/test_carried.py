"""Where a merged delivery stands: where the one stands that carries it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from deliveries.models import Delivery, carried
from routing.models import Target
from tests import factories
from tests.conftest import NOW

pytestmark = pytest.mark.django_db

HELD, SENT, LOST = {"state": "held"}, {"state": "delivered", "ended_at": NOW}, {"state": "rejected", "ended_at": NOW}
# A merged one is open in a digest; a firing told with its resolved has ended.
IN_DIGEST = {"state": "merged", "reason": "in_digest"}
TOLD_BY_DIGEST = IN_DIGEST | {"ended_at": NOW}
WITH_RESOLVED = {"state": "merged", "reason": "with_resolved", "ended_at": NOW}
CHAINS = [
    ([HELD], "held"),
    ([SENT], "delivered"),
    ([LOST], "rejected"),
    ([HELD, IN_DIGEST], "held"),
    ([SENT, TOLD_BY_DIGEST], "merged"),
    ([HELD, WITH_RESOLVED], "held"),
    ([SENT, WITH_RESOLVED], "merged"),
    ([LOST, WITH_RESOLVED], "rejected"),
    ([HELD, IN_DIGEST, WITH_RESOLVED], "held"),
    ([SENT, TOLD_BY_DIGEST, WITH_RESOLVED], "merged"),
    ([IN_DIGEST], "waiting"),  # nothing is known of what carries it
    ([WITH_RESOLVED], "merged"),
]


@pytest.fixture
def target() -> Target:
    return factories.make_target()


def chain(target: Target, rows: list[dict[str, Any]]) -> Delivery:
    """The last of them; each is carried by the one before it."""
    one: Delivery | None = None
    for fields in rows:
        times = {"created_at": NOW, "next_attempt_at": NOW, "expires_at": NOW + timedelta(hours=6)}
        one = Delivery.objects.create(target=target, target_name=target.name, carried_by=one, **times, **fields)
    assert one is not None
    return one


@pytest.mark.parametrize(("rows", "stands"), CHAINS)
def test_it_is_said_alike_of_a_row_and_by_the_database(target: Target, rows: Any, stands: str) -> None:
    one = chain(target, rows)
    found = Delivery.objects.filter(pk=one.pk).annotate(stands=carried.stands()).values_list("stands", flat=True)
    assert (carried.of(one), *found) == (stands, stands)


@pytest.mark.parametrize(("rows", "stands"), CHAINS)
def test_the_three_conditions_find_what_stands_there(target: Target, rows: Any, stands: str) -> None:
    one = chain(target, rows)
    wheres = {"open": carried.where_open(), "failed": carried.where_failed(), "room": carried.where_in_the_room()}
    found = {name for name, where in wheres.items() if Delivery.objects.filter(where, pk=one.pk).exists()}
    assert found == {{"held": "open", "waiting": "open", "rejected": "failed"}.get(stands, "room")}


@pytest.mark.parametrize("where", [carried.where_open, carried.where_failed, carried.where_in_the_room])
def test_what_was_cancelled_stands_nowhere(target: Target, where: Any) -> None:
    chain(target, [{"state": "cancelled", "ended_at": NOW}, WITH_RESOLVED])
    assert not Delivery.objects.filter(where()).exists()
