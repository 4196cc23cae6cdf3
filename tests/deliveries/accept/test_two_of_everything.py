"""Where two things meet: what is remembered or told of one of them is not taken for the other's."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from deliveries.accept import waking
from deliveries.models import Alert, Conversation, Delivery
from routing.models import Silence
from tests import factories
from tests.factories import TwoOfEverything, alert

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def scene() -> TwoOfEverything:
    return factories.two_of_everything()


def told(**only: object) -> list[tuple[str, str]]:
    """Target and status of each delivery, in the order of their ids."""
    return list(Delivery.objects.filter(**only).order_by("id").values_list("target_name", "status"))


def end_of(name: str, **labels: str) -> dict[str, object]:
    return alert(name, status="resolved", **labels)


def test_each_rule_tells_its_own_targets(scene: TwoOfEverything, now: datetime) -> None:
    scene.tell(now)
    rows = Delivery.objects.order_by("id").values_list("rule_name", "target_name", "positions")
    assert list(rows) == [("team db", "db", [0]), ("critical", "#net", [0, 1]), ("critical", "db", [1])]


@pytest.mark.parametrize("other", [{"source": 1}, {"receiver": 1}, {"group": 1}])
def test_the_same_state_elsewhere_is_no_duplicate(scene: TwoOfEverything, now: datetime, other: dict[str, int]) -> None:
    scene.tell(now)
    assert scene.tell(now, **other).notification.state == "routed"


@pytest.mark.parametrize("other", [{"source": 1}, {"receiver": 1}, {"group": 1}])
def test_places_elsewhere_begin_at_one(scene: TwoOfEverything, now: datetime, other: dict[str, int]) -> None:
    scene.tell(now)
    scene.tell(now, **other)
    assert list(Conversation.objects.values_list("last_seq", flat=True)) == [3, 3]


def test_the_end_of_one_alert_leaves_the_other_burning(scene: TwoOfEverything, now: datetime) -> None:
    scene.tell(now)
    scene.tell(now + HOUR, end_of("DiskFull", team="db"), alert("HostDown", team="net"))
    assert set(Alert.objects.values_list("name", "status")) == {("DiskFull", "resolved"), ("HostDown", "firing")}


def test_what_wakes_takes_a_place_that_nothing_after_it_takes(scene: TwoOfEverything, now: datetime) -> None:
    factories.make_silence("alertname=DiskFull", now)
    scene.tell(now)
    waking.wake(now + 2 * HOUR)
    scene.tell(now + 3 * HOUR)
    assert list(Delivery.objects.order_by("id").values_list("seq", flat=True)) == list(range(1, 8))


def test_a_resolved_wakes_only_where_its_firing_was_told(scene: TwoOfEverything, now: datetime) -> None:
    """Its room alone saw it fire: the second target was named by no rule then."""
    _, second, third = scene.rules
    second.targets.clear()
    third.targets.clear()
    scene.tell(now)
    second.targets.set(scene.targets)
    factories.make_silence("severity=critical", now)
    scene.tell(now, *scene.alerts(status="resolved"))
    waking.wake(now + 2 * HOUR)
    assert told(status="resolved") == [("db", "resolved")]
    assert Delivery.objects.get(status="resolved").positions == [0]


def test_of_two_silenced_alerts_the_one_whose_silence_ended_wakes(scene: TwoOfEverything, now: datetime) -> None:
    factories.make_silence("alertname=DiskFull", now)
    factories.make_silence("alertname=HostDown", now, hours=5)
    scene.tell(now)
    waking.wake(now + 2 * HOUR)
    assert set(Alert.objects.filter(silent_until=None).values_list("name", flat=True)) == {"DiskFull"}
    assert {tuple(positions) for positions in Delivery.objects.values_list("positions", flat=True)} == {(0,)}


def test_what_two_notifications_kept_back_wakes_in_both_conversations(scene: TwoOfEverything, now: datetime) -> None:
    silence = factories.make_silence("severity=critical", now)
    scene.tell(now, alert("DiskFull", team="db"))
    scene.tell(now, alert("HostDown", team="net"), group=1)
    Silence.objects.filter(pk=silence.pk).update(ends_at=now)
    waking.Waker().look(now + timedelta(seconds=1))
    assert Delivery.objects.values("conversation").distinct().count() == 2


def test_a_second_page_wakes_too(scene: TwoOfEverything, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waking, "_AT_ONCE", 2)
    silence = factories.make_silence("severity=warning", now, hours=9)
    for number in range(5):
        scene.tell(now, alert(f"A{number}", severity="warning"), group=number % 2, source=number // 2 % 2)
    waker = waking.Waker()
    waker.look(now)
    Silence.objects.filter(pk=silence.pk).update(ends_at=now)
    for _ in range(3):
        waker.look(now + timedelta(seconds=1))
    assert len(told()) == 5
