"""Falling back where two things meet: two targets in trouble, two stand-ins, what is being sent and what waits behind it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from deliveries import outbox
from deliveries.models import Delivery, Lane
from deliveries.outbox import holding
from routing.models import Source, Target
from tests import factories
from tests.deliveries.lanes import after, claim
from tests.factories import alert, owed

pytestmark = pytest.mark.django_db


@pytest.fixture
def stand_ins() -> tuple[Target, Target]:
    return factories.make_target("first stand-in"), factories.make_target("second stand-in")


@pytest.fixture
def targets(stand_ins: tuple[Target, Target], now: datetime) -> tuple[Target, Target]:
    """Both are told of everything; the first is broken, the second does not answer. Each has a stand-in of its own."""
    first, second = (
        factories.make_target(name, fallback_target=stand_in, fallback_after=60)
        for name, stand_in in zip(("a", "b"), stand_ins, strict=True)
    )
    factories.make_rule(targets=[first, second])
    Lane.objects.create(target=first, broken_at=now, broken_reason="forbidden", refusals=3)
    Lane.objects.create(target=second, opened_at=now, failures=5)
    return first, second


def copies(stand_in: Target) -> list[Delivery]:
    return list(Delivery.objects.filter(target=stand_in, kind="alert").order_by("seq"))


def told(stand_ins: tuple[Target, Target]) -> list[int]:
    """How many copies each has."""
    return [len(copies(each)) for each in stand_ins]


def test_each_stand_in_is_told_what_its_own_target_is_owed(
    source: Source, targets: tuple[Target, Target], stand_ins: tuple[Target, Target], now: datetime
) -> None:
    owed(source, now)
    assert outbox.owe_to_stand_ins(after(now, seconds=60)) == {each.pk for each in stand_ins}
    originals = [copy.resend_of.target if copy.resend_of else None for each in stand_ins for copy in copies(each)]
    assert originals == list(targets)
    assert [copy.note.rpartition(": ")[2] for each in stand_ins for copy in copies(each)] == [
        "Forbidden.", "it does not answer.",
    ]  # fmt: skip


def test_only_the_one_that_was_in_trouble_for_long_is_copied_and_the_other_later(
    source: Source, targets: tuple[Target, Target], stand_ins: tuple[Target, Target], now: datetime
) -> None:
    owed(source, now)
    Lane.objects.filter(target=targets[1]).update(opened_at=after(now, seconds=1))
    assert outbox.owe_to_stand_ins(after(now, seconds=60)) == {stand_ins[0].pk}
    assert outbox.owe_to_stand_ins(after(now, seconds=61)) == {stand_ins[1].pk}
    assert (told(stand_ins), outbox.owe_to_stand_ins(after(now, seconds=62))) == ([1, 1], set())


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"a": {"enabled": False}}, [0, 1], id="somebody switched the target off"),
        pytest.param({"first stand-in": {"enabled": False}}, [0, 1], id="the stand-in is switched off"),
        pytest.param({"a": {"fallback_target": None}}, [0, 1], id="nobody stands in"),
    ],
)
def test_what_has_nobody_to_stand_in_for_it_is_told_to_nobody_else(
    source: Source,
    targets: tuple[Target, Target],
    stand_ins: tuple[Target, Target],
    now: datetime,
    changes: dict[str, dict[str, Any]],
    expected: list[int],
) -> None:
    owed(source, now)
    for name, fields in changes.items():
        Target.objects.filter(name=name).update(**fields)
    outbox.owe_to_stand_ins(after(now, minutes=5))
    assert told(stand_ins) == expected


def test_what_is_not_about_alerts_stays_with_its_target(
    targets: tuple[Target, Target], stand_ins: tuple[Target, Target], now: datetime
) -> None:
    outbox.owe_test(targets[0], "ann", now)
    outbox.owe_notice(targets[0], "Something else.", "", now)
    assert (outbox.owe_to_stand_ins(after(now, minutes=5)), Delivery.objects.count()) == (set(), 2)


def test_what_stands_behind_a_message_that_is_being_sent_is_not_told_before_it(
    source: Source, targets: tuple[Target, Target], stand_ins: tuple[Target, Target], now: datetime
) -> None:
    """Of two conversations the other is told."""
    owed(source, now)
    Lane.objects.filter(target=targets[1]).update(probe_at=now)
    claim(targets[1], now)
    owed(source, now, alert(status="resolved"))
    owed(source, now, alert("Other"), group="other")
    outbox.owe_to_stand_ins(after(now, minutes=5))
    assert [copy.title.partition(" ")[0] for copy in copies(stand_ins[1])] == ["Other"]
    assert told(stand_ins) == [3, 1]


def test_a_stand_in_hears_of_the_recovery_of_its_own_target_only(
    source: Source, targets: tuple[Target, Target], stand_ins: tuple[Target, Target], now: datetime
) -> None:
    owed(source, now)
    outbox.owe_to_stand_ins(after(now, minutes=1))
    holding.release(Lane.objects.get(target=targets[0]), after(now, minutes=2))
    [notice] = Delivery.objects.filter(kind="notice")
    assert (notice.target, notice.title) == (stand_ins[0], "a takes messages again")


def test_what_another_stand_in_was_told_is_no_reason_to_speak_of_a_recovery(
    source: Source, targets: tuple[Target, Target], stand_ins: tuple[Target, Target], now: datetime
) -> None:
    owed(source, now)
    Delivery.objects.filter(target=targets[0]).update(fell_back=True)
    holding.release(Lane.objects.get(target=targets[1]), after(now, minutes=2))
    assert not Delivery.objects.filter(kind="notice").exists()


def test_a_room_that_was_told_nothing_in_its_place_hears_of_no_recovery(
    source: Source, targets: tuple[Target, Target], stand_ins: tuple[Target, Target], now: datetime
) -> None:
    """Neither where it was told nothing, nor where all of that was told in an earlier trouble."""
    owed(source, now)
    Delivery.objects.filter(target=targets[1]).update(fell_back=True, state="delivered", ended_at=now)
    owed(source, now, group="later")
    for target in targets:
        holding.release(Lane.objects.get(target=target), after(now, minutes=2))
    assert not Delivery.objects.filter(kind="notice").exists()
