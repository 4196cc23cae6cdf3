"""Which telling is a copy of an earlier one: at the edges of windows and starts, and behind a state in between."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from deliveries.accept import ingest, plan
from deliveries.accept.ingest import Accepted
from deliveries.models import Conversation, Delivery
from routing.models import Source
from tests import factories
from tests.factories import accept, alert, payload

pytestmark = pytest.mark.django_db
FIRST, ADDED, SOME_RESOLVED = "first notification", "new alerts added", "some alerts resolved"


@pytest.fixture
def source() -> Source:
    factories.make_rule(targets=[factories.make_target()])
    return factories.make_source(duplicate_window=120)


def tell(source: Source, at: datetime, *alerts: dict[str, Any], reason: str = "") -> Accepted:
    return accept(source, payload(*alerts, notification_reason=reason), at)


def after(now: datetime, seconds: float) -> datetime:
    return now + timedelta(seconds=seconds)


@pytest.mark.parametrize(("seconds", "state"), [(120, "duplicate"), (120.001, "routed")])
def test_a_copy_may_come_until_the_window_is_over(source: Source, now: datetime, seconds: float, state: str) -> None:
    tell(source, now, alert())
    assert tell(source, after(now, seconds), alert()).notification.state == state


@pytest.mark.parametrize(("start", "state"), [("10:01:00Z", "duplicate"), ("10:01:01Z", "routed")])
def test_replicas_see_it_begin_a_minute_apart_at_most(source: Source, now: datetime, start: str, state: str) -> None:
    tell(source, now, alert())
    assert tell(source, now, alert(starts_at=f"2026-11-23T{start}")).notification.state == state


def test_of_two_alerts_the_older_one_may_be_what_began_anew(source: Source, now: datetime) -> None:
    """The newest start of the group is the same."""
    newest = alert("B", starts_at="2026-11-23T10:30:00Z")
    tell(source, now, alert("A"), newest)
    anew = tell(source, after(now, 10), alert("A", starts_at="2026-11-23T10:20:00Z"), newest)
    assert anew.notification.state == "routed"


def test_the_end_after_a_firing_in_between_is_no_copy_of_the_end_before_it(source: Source, now: datetime) -> None:
    """Its sender paused: shape and starts are those of before, and the room saw it fire meanwhile."""
    ended = [alert("A"), alert("B", status="resolved")]
    tell(source, now, *ended, reason=SOME_RESOLVED)
    tell(source, after(now, 30), alert("A"), alert("B"), reason=ADDED)
    again = tell(source, after(now, 60), *ended, reason=SOME_RESOLVED)
    assert [(one.status, one.positions) for one in again.deliveries] == [("firing", [0]), ("resolved", [1])]


def test_a_window_of_an_hour_lasts_an_hour_whatever_was_told_in_it(now: datetime) -> None:
    source = factories.make_source(duplicate_window=3600)
    first = tell(source, now, alert("A"))
    tell(source, after(now, 1200), alert("A"), alert("B"))
    copy = tell(source, after(now, 1800), alert("A"))
    assert copy.notification.duplicate_of == first.notification


@pytest.mark.parametrize(
    ("resolved", "again", "outcome"), [(300, 310, plan.LATE), (800, 900, plan.LATE), (800, 901, plan.OWED)]
)
def test_a_reason_proves_nothing_while_the_sender_may_try_the_first_telling_again(
    source: Source, now: datetime, resolved: int, again: int, outcome: str
) -> None:
    """It does so for a quarter of an hour, also where the window for copies is shorter."""
    tell(source, now, alert(), reason=FIRST)
    tell(source, after(now, resolved), alert(status="resolved"))
    assert tell(source, after(now, again), alert(), reason=FIRST).fates[0].outcome == outcome


def test_what_an_earlier_version_remembered_is_no_obstacle(source: Source, now: datetime) -> None:
    tell(source, now, alert())
    Conversation.objects.update(recent=[["of an earlier version", 1]])
    assert tell(source, now, alert()).notification.state == "routed"


def test_alerts_without_a_start_have_copies_too(source: Source, now: datetime) -> None:
    both = alert("A"), alert("B", starts_at="")
    assert len(tell(source, now, *both).deliveries) == 1
    assert tell(source, now, *both).notification.state == "duplicate"


def test_another_sources_word_makes_nothing_a_duplicate(now: datetime) -> None:
    """The other one's alert still fires; this one's ended, so its firing is no copy of the group's last state."""
    scene = factories.two_of_everything()
    for other in (0, 1):
        scene.tell(now, alert("DiskFull"), source=other)
    scene.tell(now, alert("DiskFull", status="resolved"))
    assert scene.tell(now, alert("DiskFull")).fates[0].outcome == plan.LATE


def test_what_deleted_sources_left_unread_is_told_in_their_own_conversations(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = factories.two_of_everything()
    scene.tell(now, source=0, group=0)
    scene.tell(now, source=1, group=1)
    with monkeypatch.context() as broken:
        broken.setattr(plan, "plan", lambda *_: 1 / 0)
        unread = scene.tell(now + timedelta(hours=1), source=0, group=1).notification
    scene.sources[0].delete()
    unread.refresh_from_db()
    owed = ingest.reread(unread, now + timedelta(hours=2)).deliveries
    conversation = owed[0].conversation
    assert conversation
    assert (conversation.source, conversation.group_key) == (None, unread.group_key)
    assert Delivery.objects.filter(conversation=conversation).count() == len(owed)
