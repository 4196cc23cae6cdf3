"""Episodes and ends: what is told of an earlier time ends nothing that came after it."""

from __future__ import annotations

import pytest

from deliveries.accept import ingest, plan
from deliveries.models import Alert, Conversation, Delivery
from tests.deliveries.accept.story import Story, outcomes, paused, told
from tests.factories import alert

pytestmark = pytest.mark.django_db


def test_it_begins_a_new_episode_when_it_is_told(story: Story) -> None:
    paused(story)
    assert Conversation.objects.get().episode == 1
    story.wake(245)
    assert list(Delivery.objects.order_by("seq").values_list("episode", flat=True)) == [1, 1, 2]


def test_its_end_belongs_to_that_episode(story: Story) -> None:
    paused(story)
    story.wake(245)
    story.tell(900, alert(status="resolved", ends_at="2026-11-23T10:20:00Z"))
    assert list(Delivery.objects.order_by("seq").values_list("episode", flat=True)) == [1, 1, 2, 2]


def test_a_late_copy_that_was_told_is_ended_by_its_resolved(story: Story) -> None:
    """Its peer tells that at its next flush, with the end that was told before."""
    paused(story)
    story.wake(245)
    story.resolved(300)
    assert (Alert.objects.get().status, told()[-1]) == ("resolved", "resolved")


def test_what_was_left_out_as_old_makes_nothing_a_duplicate(story: Story) -> None:
    later = "2026-11-23T10:06:00Z"
    story.tell(0, alert(starts_at=later))
    assert story.resolved(10).fates[0].outcome == plan.STALE
    ended = story.tell(20, alert(status="resolved", starts_at=later, ends_at="2026-11-23T10:20:00Z"))
    assert [one.status for one in ended.deliveries] == ["resolved"]


def test_the_end_of_an_earlier_time_does_not_end_a_new_one(story: Story) -> None:
    story.firing(0)
    story.tell(400, alert(starts_at="2026-11-23T10:06:00Z"))
    assert story.resolved(410).fates[0].outcome == plan.STALE
    assert Alert.objects.get().status == "firing"


def test_a_late_firing_of_an_earlier_time_takes_the_new_start_from_nobody(story: Story) -> None:
    """Its peer was held up with the firing and the resolved of it."""
    story.firing(0)
    story.resolved(10)
    story.tell(60, alert(starts_at="2026-11-23T10:06:00Z"))
    story.firing(300)
    assert story.resolved(301).fates[0].outcome == plan.STALE
    assert (Alert.objects.get().status, told()[-1]) == ("firing", "firing")


def test_what_one_notification_tells_as_firing_and_resolved_fires(story: Story) -> None:
    story.tell(0, alert(), alert(status="resolved"))
    assert (told(), Alert.objects.get().status, outcomes()) == (["firing"], "firing", ["owed", "stale"])


def test_an_unread_resolved_does_not_end_what_came_after_it(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    story.firing(0)
    with monkeypatch.context() as broken:
        broken.setattr(plan, "plan", lambda *_: 1 / 0)
        unread = story.resolved(10).notification
    story.tell(400, alert())
    assert ingest.reread(unread, story.at(500)).fates[0].outcome == plan.STALE
    assert Alert.objects.get().status == "firing"


def test_an_unread_notification_is_a_duplicate_of_what_its_peer_told_then(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(plan, "plan", lambda *_: 1 / 0)
        unread = story.firing(0).notification
    story.firing(10)
    assert ingest.reread(unread, story.at(500)).notification.state == "duplicate"


BEGAN_AGAIN = "2026-11-23T10:00:50Z"


def test_an_end_before_the_start_that_a_duplicate_told_ends_nothing(story: Story) -> None:
    """It fired for a second and burns anew within a minute: the new firing looks as the old one told by a replica."""
    story.firing(0)
    assert story.tell(76, alert(starts_at=BEGAN_AGAIN)).notification.state == "duplicate"
    late = alert(status="resolved", ends_at="2026-11-23T10:00:01Z")
    assert story.tell(116, late).fates[0].outcome == plan.STALE
    assert (Alert.objects.get().status, told()) == ("firing", ["firing"])


def test_what_burns_since_a_duplicates_start_is_ended_by_a_later_end(story: Story) -> None:
    story.firing(0)
    story.tell(76, alert(starts_at=BEGAN_AGAIN))
    story.tell(200, alert(status="resolved", starts_at=BEGAN_AGAIN, ends_at="2026-11-23T10:03:00Z"))
    assert told() == ["firing", "resolved"]


def test_a_duplicate_of_an_earlier_start_takes_the_newer_one_from_nobody(story: Story) -> None:
    story.tell(0, alert(starts_at=BEGAN_AGAIN))
    story.firing(10)
    start = Alert.objects.get().starts_at
    assert start is not None
    assert start.isoformat() == "2026-11-23T10:00:50+00:00"


def test_what_was_told_in_part_since_makes_no_copy_of_what_was_told_before(story: Story) -> None:
    """A peer that is late tells of both as they were and then as they are: its second telling ends the first."""
    later = "2026-11-23T10:06:00Z"
    disk_is_over = alert("Disk", status="resolved", ends_at="2026-11-23T10:06:10Z")
    story.tell(0, alert("Disk"), alert("Net"))
    story.tell(400, disk_is_over, alert("Net", starts_at=later))
    story.tell(410, alert("Disk"), alert("Net", status="resolved", ends_at="2026-11-23T10:05:00Z"))
    assert story.tell(411, disk_is_over, alert("Net", starts_at=later)).notification.state == "routed"
    story.wake(900)
    assert Alert.objects.get(name="Disk").status == "resolved"
