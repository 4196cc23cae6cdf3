"""A firing after its own resolved: kept back for the window, then told unless its resolved came again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test.utils import CaptureQueriesContext

from deliveries.accept import plan, waking
from deliveries.models import Alert, Delivery, Notification, Occurrence
from tests import factories
from tests.deliveries.accept.story import Story, outcomes, paused, told
from tests.factories import alert

pytestmark = pytest.mark.django_db


def test_it_is_told_when_the_window_after_its_resolved_ends(story: Story) -> None:
    paused(story)
    story.wake(244)
    assert told() == ["firing", "resolved"]
    story.wake(245)
    assert told() == ["firing", "resolved", "firing"]


def test_meanwhile_it_stands_as_firing_with_the_reason(story: Story) -> None:
    late = paused(story)
    row = Alert.objects.get()
    assert (row.status, row.kept_back, row.silent_until) == ("firing", "late", story.at(245))
    assert (late.deliveries, late.fates[0].outcome) == ([], plan.LATE)
    assert Occurrence.objects.latest("id").why == late.fates[0].why


def test_the_trail_says_why_it_is_told_in_the_end(story: Story) -> None:
    paused(story)
    story.wake(245)
    last = Occurrence.objects.latest("id")
    assert last.why == 'Its resolved did not come again. Rule "all": it takes every alert'


def test_it_is_told_once(story: Story) -> None:
    paused(story)
    story.wake(245)
    story.wake(250)
    assert told() == ["firing", "resolved", "firing"]


def test_it_is_not_told_sooner_because_rules_changed(story: Story) -> None:
    paused(story)
    story.wake(200, about_all=True)
    assert told() == ["firing", "resolved"]


def test_the_same_body_as_the_first_firing_is_no_duplicate_of_it(story: Story) -> None:
    story.firing(0)
    story.resolved(20)
    assert story.firing(40).notification.state == "routed"
    story.wake(140)
    assert told() == ["firing", "resolved", "firing"]


def test_a_late_copy_is_told_to_nobody_when_its_resolved_comes_again(story: Story) -> None:
    story.firing(0)
    story.resolved(20)
    story.firing(25)
    again = story.resolved(30)
    story.wake(3600)
    assert told() == ["firing", "resolved"]
    assert again.fates[0].outcome == plan.KNOWN
    assert Alert.objects.get().status == "resolved"


def test_firing_and_resolved_that_cross_within_a_moment_end_the_same_way(story: Story) -> None:
    story.resolved(0)
    story.firing(0.003)
    story.resolved(15)
    story.wake(3600)
    assert told() == ["resolved"]


def test_the_end_goes_to_a_room_whose_last_word_is_that_it_fires(story: Story) -> None:
    story.firing(0)
    silence = factories.make_silence("alertname=DiskFull", story.now)
    story.resolved(20)
    silence.delete()
    story.firing(25)
    assert story.resolved(30).fates[0].outcome == plan.OWED
    assert told() == ["firing", "resolved"]


def test_a_second_peers_copy_of_the_late_firing_is_its_duplicate(story: Story) -> None:
    paused(story)
    assert story.firing(180).notification.state == "duplicate"
    story.wake(245)
    assert told() == ["firing", "resolved", "firing"]


def test_a_late_copy_repeats_nothing_that_did_not_change(story: Story) -> None:
    both = alert("A"), alert("B")
    story.tell(0, *both)
    story.tell(30, alert("A"), alert("B", status="resolved"))
    before = told()
    story.tell(40, *both)
    assert (told(), outcomes()[-2:]) == (before, ["known", "late"])


def test_other_tellings_of_the_group_leave_it_kept_back_until_its_time(story: Story) -> None:
    """Their peer was held up with several tellings, of which each repeats it."""
    story.tell(0, alert("A"), alert("B"))
    story.tell(30, alert("A"), alert("B", status="resolved"))
    story.tell(40, alert("A"), alert("B"))
    story.tell(50, alert("A", status="resolved"), alert("B"))
    story.tell(60, alert("A"), alert("B"))
    story.wake(149)
    assert set(Alert.objects.values_list("name", "kept_back")) == {("A", "late"), ("B", "late")}
    story.wake(150)
    story.wake(170)
    last = dict(Occurrence.objects.filter(outcome="owed").order_by("id").values_list("alert__name", "status"))
    assert last == {"A": "firing", "B": "firing"}


def test_what_is_new_beside_a_late_firing_is_told_at_once(story: Story) -> None:
    story.tell(0, alert("A"), alert("B"))
    story.tell(30, alert("A"), alert("B", status="resolved"))
    told_now = story.tell(40, alert("A"), alert("B"), alert("C"))
    assert [one.positions for one in told_now.deliveries] == [[0, 2]]
    story.wake(150)
    assert Delivery.objects.latest("seq").positions == [1]


def test_what_still_waits_goes_by_the_rules_of_the_moment_it_is_told(story: Story) -> None:
    paused(story)
    factories.make_silence("alertname=DiskFull", story.at(0))
    story.wake(245)
    assert told() == ["firing", "resolved"]
    assert outcomes()[-2:] == ["late", "silenced"]
    assert Alert.objects.get().kept_back == "silenced"


def test_a_resolved_heard_by_another_receiver_delays_a_firing_and_swallows_nothing(story: Story) -> None:
    story.firing(0)
    story.resolved(10)
    other = story.firing(20, receiver="pagers", notification_reason="")
    assert other.fates[0].outcome == plan.LATE
    story.wake(130)
    assert told()[-1] == "firing"


def test_two_late_firings_of_two_groups_are_both_told(now: datetime) -> None:
    scene = factories.two_of_everything()
    for group in (0, 1):
        scene.tell(now, alert("DiskFull", status="resolved", place=str(group)), group=group)
        scene.tell(now + timedelta(seconds=9), alert("DiskFull", place=str(group)), group=group)
    waking.wake(now + timedelta(seconds=120))
    late = Delivery.objects.filter(status="firing").values_list("conversation", "target_name")
    assert len(set(late)) == 4


def test_of_two_sources_only_the_one_that_said_resolved_waits(now: datetime) -> None:
    scene = factories.two_of_everything()
    scene.tell(now, alert("DiskFull", status="resolved"), source=0)
    assert scene.tell(now, alert("DiskFull"), source=1).fates[0].outcome == plan.OWED


def test_the_window_starts_anew_with_each_resolved(story: Story) -> None:
    story.firing(0)
    story.resolved(10)
    story.firing(20)
    story.resolved(100)
    story.firing(110)
    story.wake(131)
    assert told() == ["firing", "resolved"]
    story.wake(220)
    assert told() == ["firing", "resolved", "firing"]


def test_of_two_that_are_late_each_is_told_at_its_own_time(story: Story) -> None:
    story.tell(0, alert("A"), alert("B"))
    story.tell(10, alert("A", status="resolved"), alert("B"))
    story.tell(30, alert("B", status="resolved"))
    story.tell(40, alert("A"), alert("B"))
    for seconds in (135, 155):
        story.wake(seconds)
    late = Delivery.objects.filter(notification=Notification.objects.latest("id")).order_by("seq")
    assert [one.positions for one in late] == [[0], [1]]


def test_the_rows_hold_it_and_no_process(story: Story) -> None:
    """Whoever looks next tells it: nothing was kept in memory."""
    paused(story)
    waking.Waker().look(story.at(200))
    waking.Waker().look(story.at(245))
    assert told() == ["firing", "resolved", "firing"]


def test_a_late_firing_costs_few_statements_more(story: Story, django_assert_max_num_queries: Any) -> None:
    story.firing(0)
    story.resolved(125)
    with django_assert_max_num_queries(13) as queries:
        story.firing(175)
    assert isinstance(queries, CaptureQueriesContext)
    assert Notification.objects.count() == 3
