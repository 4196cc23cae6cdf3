"""What Prometheus reads of merged deliveries: each counts as the one that carries it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from deliveries.figures import metrics
from deliveries.models import Delivery
from routing.models import Source
from tests import factories
from tests.alerthub.web.test_metrics import figures

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_totals_remembered() -> None:
    metrics.forget()


@pytest.fixture
def resolved(source: Source, now: datetime) -> Delivery:
    """It waits; a firing is told with it, and ended with that."""
    factories.tell_fallback(factories.make_target())
    [firing] = factories.owed(source, now)
    [resolved] = factories.owed(source, now, factories.alert("Later"), group="later")
    Delivery.objects.filter(pk=firing.pk).update(
        state="merged", reason="with_resolved", ended_at=now, carried_by=resolved
    )
    return resolved


def totals(now: datetime) -> dict[str, float]:
    told = figures(now)
    return {name[1]: number for name, number in told.items() if name[0] == "alerthub_deliveries_total" and number}


def test_what_waits_with_its_resolved_has_not_ended(resolved: Delivery, now: datetime) -> None:
    told = figures(now)
    assert [told["alerthub_deliveries", state, "ops"] for state in ("waiting", "merged")] == [1, 1]
    assert totals(now) == {}


@pytest.mark.parametrize(
    ("state", "counted"),
    [("delivered", {"delivered": 1, "merged": 1}), ("rejected", {"rejected": 2}), ("cancelled", {"cancelled": 2})],
)
def test_it_ends_as_its_resolved_does(resolved: Delivery, now: datetime, state: str, counted: dict[str, float]) -> None:
    Delivery.objects.filter(pk=resolved.pk).update(state=state, ended_at=now)
    assert totals(now) == counted
    assert figures(now)["alerthub_deliveries", "merged", "ops"] == 0


def test_it_took_until_its_resolved_was_in_the_room(resolved: Delivery, now: datetime) -> None:
    Delivery.objects.filter(pk=resolved.pk).update(state="delivered", ended_at=now + timedelta(seconds=3))
    told = figures(now)
    assert (told["alerthub_delivery_seconds_count",], round(told["alerthub_delivery_seconds_sum",])) == (2, 6)


def test_it_took_as_long_as_its_digest(resolved: Delivery, now: datetime) -> None:
    Delivery.objects.filter(pk=resolved.pk).update(state="merged", reason="in_digest", ended_at=now)
    assert figures(now)["alerthub_delivery_seconds_count",] == 2
