"""What a notification says of several alerts at once: what is old, known or new of one decides nothing of the others."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from deliveries import acknowledging
from deliveries.accept import plan
from deliveries.accept.ingest import Accepted
from deliveries.models import Acknowledgement, Alert, Occurrence
from routing.models import Source
from tests import factories
from tests.factories import accept, alert, payload

pytestmark = pytest.mark.django_db


@pytest.fixture
def source() -> Source:
    factories.make_rule(targets=[factories.make_target()])
    return factories.make_source(duplicate_window=120)


class Story:
    """Tellings at seconds after the beginning."""

    def __init__(self, source: Source, now: datetime) -> None:
        self.source, self.now = source, now

    def tell(self, seconds: float, *alerts: dict[str, Any]) -> Accepted:
        return accept(self.source, payload(*alerts), self.now + timedelta(seconds=seconds))


@pytest.fixture
def story(source: Source, now: datetime) -> Story:
    return Story(source, now)


def end_of(name: str, **times: str) -> dict[str, Any]:
    return alert(name, status="resolved", **times)


def positions(accepted: Accepted) -> list[list[int]]:
    return [one.positions for one in accepted.deliveries]


def test_beside_a_late_copy_what_did_not_change_is_told_again_if_anything_is_new(story: Story) -> None:
    """A is as it was, B a late copy, and C fires anew."""
    story.tell(0, alert("A"), alert("B"), alert("C"))
    story.tell(30, alert("A"), end_of("B"), end_of("C", ends_at="2026-11-23T10:00:20Z"))
    anew = story.tell(40, alert("A"), alert("B"), alert("C", starts_at="2026-11-23T10:00:40Z"))
    assert positions(anew) == [[0, 2]]


def test_beside_a_late_firing_that_moved_its_start_what_did_not_change_is_told_again(story: Story) -> None:
    """So nothing was told that it could be a copy of."""
    story.tell(0, alert("A"), alert("B"))
    story.tell(30, alert("A"), end_of("B"))
    moved = story.tell(40, alert("A"), alert("B", starts_at="2026-11-23T10:02:00Z"))
    assert [fate.outcome for fate in moved.fates] == [plan.OWED, plan.LATE]


def test_what_is_new_beside_an_end_that_comes_again_is_told(story: Story) -> None:
    """The room waits for no end of A; it knows that B burns, and has not heard of C."""
    story.tell(0, alert("A"), alert("B"))
    story.tell(20, end_of("A"), alert("B"))
    story.tell(25, alert("A"), alert("B"))
    told = story.tell(30, end_of("A"), end_of("B"), alert("C"))
    assert [(one.status, one.positions) for one in told.deliveries] == [("firing", [2]), ("resolved", [1])]


def test_what_is_told_behind_a_contradiction_is_heard(story: Story) -> None:
    told = story.tell(0, alert("A"), end_of("A"), alert("B"))
    assert positions(told) == [[0, 2]]
    assert [fate.outcome for fate in told.fates] == [plan.OWED, plan.STALE, plan.OWED]


LATER = "2026-11-23T10:06:00Z"


@pytest.mark.parametrize(("held_up", "other"), [("A", "B"), ("B", "A")])
def test_an_end_that_came_too_late_is_known_all_the_same(story: Story, held_up: str, other: str) -> None:
    """So whoever was at it then is not at what burns now; and a copy of it does not end that."""
    story.tell(0, alert(held_up), alert(other))
    acknowledging.acknowledge(list(Alert.objects.values_list("pk", flat=True)), by="ann", now=story.now)
    story.tell(400, alert(held_up, starts_at=LATER), alert(other, starts_at=LATER))
    story.tell(410, end_of(held_up), end_of(other, starts_at=LATER, ends_at="2026-11-23T10:07:00Z"))
    assert not Acknowledgement.objects.standing().exists()
    story.tell(420, alert(held_up))
    assert story.tell(430, end_of(held_up)).fates[0].outcome == plan.STALE
    assert dict(Alert.objects.values_list("name", "status")) == {held_up: "firing", other: "resolved"}


def test_a_firing_and_its_end_that_come_after_a_new_start_end_nothing(story: Story) -> None:
    """Their peer was held up with both, and nobody else told that end."""
    story.tell(0, alert("A", starts_at=LATER))
    story.tell(300, alert("A"))
    assert story.tell(310, end_of("A")).fates[0].outcome == plan.STALE
    assert Alert.objects.get().status == "firing"


def test_replicas_that_began_apart_are_ended_by_one_end(story: Story) -> None:
    """Alertmanager keeps the earliest start that it hears."""
    story.tell(0, alert("A", starts_at="2026-11-23T10:00:30Z"))
    story.tell(200, alert("A"))
    assert [one.status for one in story.tell(310, end_of("A")).deliveries] == ["resolved"]


def test_of_two_alerts_the_one_that_is_old_stays_as_it_is(story: Story) -> None:
    story.tell(0, alert("A", starts_at=LATER), alert("B"))
    story.tell(10, end_of("A"), end_of("B"))
    assert dict(Alert.objects.values_list("name", "status")) == {"A": "firing", "B": "resolved"}
    assert dict(Occurrence.objects.order_by("id").values_list("alert__name", "outcome")) == {"A": "stale", "B": "owed"}
