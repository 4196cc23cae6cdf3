"""When a group's episode goes on, and when a new one begins."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from deliveries.models import Conversation, Delivery
from routing.models import Source
from tests import factories
from tests.factories import alert, owed

pytestmark = pytest.mark.django_db


@pytest.fixture
def source() -> Source:
    factories.make_rule(targets=[factories.make_target()])
    return factories.make_source(duplicate_window=0)


def episodes(source: Source, now: datetime, *tellings: list[dict[str, object]]) -> list[int]:
    for minutes, alerts in enumerate(tellings):
        owed(source, now + timedelta(minutes=5 * minutes), *alerts)
    return list(Delivery.objects.order_by("id").values_list("episode", flat=True))


def begun(clock: str, name: str = "A", status: str = "firing") -> dict[str, object]:
    return alert(name, status=status, starts_at=f"2026-11-23T{clock}:00Z")


def test_a_repeat_and_the_resolved_belong_to_the_episode(source: Source, now: datetime) -> None:
    told = ([begun("10:00")], [begun("10:00")], [begun("10:00", status="resolved")])
    assert episodes(source, now, *told) == [1, 1, 1]


def test_what_fires_again_after_everything_was_resolved_is_a_new_episode(source: Source, now: datetime) -> None:
    told = ([begun("10:00")], [begun("10:00", status="resolved")], [begun("10:20")])
    assert episodes(source, now, *told) == [1, 1, 2]


def test_an_alert_that_joins_the_group_joins_its_episode(source: Source, now: datetime) -> None:
    assert episodes(source, now, [begun("10:00")], [begun("10:00"), begun("10:04", "B")]) == [1, 1]


def test_an_alert_that_takes_over_from_a_resolved_one_keeps_the_episode(source: Source, now: datetime) -> None:
    told = ([begun("10:00")], [begun("10:00", status="resolved"), begun("10:04", "B")], [begun("10:04", "B")])
    assert set(episodes(source, now, *told)) == {1}


def test_a_group_that_went_silent_and_burns_again_is_a_new_episode(source: Source, now: datetime) -> None:
    """What was silenced while it burned is never told as resolved."""
    assert episodes(source, now, [begun("10:00")], [begun("18:00")]) == [1, 2]


def test_starts_of_replicas_are_one_episode(source: Source, now: datetime) -> None:
    assert episodes(source, now, [begun("10:00")], [begun("10:01")]) == [1, 1]


def test_what_is_left_of_a_group_belongs_to_its_episode(source: Source, now: datetime) -> None:
    """Also when another one joins what began last."""
    told = ([begun("10:00"), begun("10:30", "B")], [begun("10:30", "B"), begun("10:50", "C")])
    assert episodes(source, now, *told) == [1, 1]


def test_an_alert_without_a_start_begins_when_it_comes(source: Source, now: datetime) -> None:
    """Nor does it end an episode: nothing says that it is new."""
    nameless = alert("A", starts_at="")
    assert episodes(source, now, [nameless], [nameless], [begun("18:00", "B")]) == [1, 1, 2]


def test_a_late_copy_beside_it_does_not_carry_what_begins_into_the_old_episode(source: Source, now: datetime) -> None:
    """Another receiver heard the end of it."""
    Source.objects.update(duplicate_window=600)
    source.refresh_from_db()
    owed(source, now, begun("10:00"))
    owed(source, now, begun("10:00", status="resolved"), receiver="pagers")
    [told] = owed(source, now, begun("10:00"), begun("10:20", "B"))
    assert (told.positions, told.episode) == ([1], 2)


def test_a_firing_that_arrives_late_begins_nothing(source: Source, now: datetime) -> None:
    """Nor does it hide that what begins after it is new. When it is told in the end: see test_late_firings."""
    Source.objects.update(duplicate_window=600)
    source.refresh_from_db()
    told = [[begun("10:00")], [begun("10:00", status="resolved")], [begun("10:00")]]
    assert episodes(source, now, *told) == [1, 1]
    assert Conversation.objects.get().episode == 1
    owed(source, now + timedelta(minutes=15), begun("10:20"))
    assert Delivery.objects.latest("id").episode == 2
