"""What expires where two things meet: two rooms, two kinds of lines, a line that is on its way already."""

from __future__ import annotations

from datetime import datetime

import pytest

from deliveries import outbox
from deliveries.models import Delivery, Lane
from deliveries.reasons import Reason
from routing.models import Source, Target
from tests.deliveries.lanes import after, claim, outcome, record
from tests.factories import owed

pytestmark = pytest.mark.django_db


def of(target: Target, **fields: object) -> list[Delivery]:
    return list(Delivery.objects.filter(target=target, **fields).order_by("id"))


def test_each_room_has_its_own_line_about_what_expired(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    for number in range(2):
        owed(source, now, group=f"g{number}")
    assert outbox.expire_overdue(after(now, hours=25)) == 4
    for target in targets:
        [line] = of(target, kind="expiry")
        assert (line.target_name, [one.carried_by_id for one in of(target, kind="alert")]) == (
            target.name,
            [line.pk] * 2,
        )


def test_what_is_worth_something_still_is_no_part_of_it(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    owed(source, now)
    later = after(now, hours=25)
    owed(source, later, group="young")
    outbox.expire_overdue(later)
    rows = Delivery.objects.filter(kind="alert", target=targets[0]).order_by("id")
    assert list(rows.values_list("state", "reason", "explanation", "ended_at", "settled")) == [
        ("expired", "too_late", "It could not be tried in time. Send it again if it still matters.", later, False),
        ("waiting", "", "", None, False),
    ]


def test_only_what_waits_expires(source: Source, targets: tuple[Target, Target], now: datetime) -> None:
    """What is being sent is told by its worker how it ended."""
    owed(source, now)
    claim(targets[0], now)
    assert outbox.expire_overdue(after(now, hours=25)) == 1
    assert [one.state for target in targets for one in of(target, kind="alert")] == ["sending", "expired"]


def test_what_lost_its_target_is_left_to_those_who_look_for_that(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    owed(source, now)
    targets[0].delete()
    later = after(now, hours=25)
    assert outbox.expire_overdue(later) == 1
    assert (outbox.close_orphans(later), Delivery.objects.get(target=None).reason) == (1, "target_deleted")


def test_what_expires_while_the_line_is_on_its_way_has_another(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    """The first says a number, and it is sent by now."""
    target = targets[0]
    owed(source, now)
    outbox.expire_overdue(after(now, hours=25))
    claim(target, after(now, hours=25))
    owed(source, now, group="later")
    outbox.expire_overdue(after(now, hours=25))
    first, second = of(target, kind="expiry")
    assert [one.carried_by_id for one in of(target, kind="alert")] == [first.pk, second.pk]


def test_a_line_that_nobody_could_be_told_for_a_week_has_no_line_of_its_own(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    owed(source, now)
    later = after(now, hours=25)
    outbox.expire_overdue(later)
    outbox.expire_overdue(after(later, days=7, seconds=-1))
    assert {line.state for target in targets for line in of(target, kind="expiry")} == {"waiting"}
    outbox.expire_overdue(after(later, days=7))
    assert [[line.state for line in of(target, kind="expiry")] for target in targets] == [["expired"], ["expired"]]


@pytest.mark.parametrize(
    ("lane", "state"),
    [
        pytest.param({"suspect_since": 4, "refusals": 1}, "waiting", id="it answered badly four minutes ago"),
        pytest.param({"suspect_since": 6, "refusals": 1}, "expired", id="six minutes ago, and nothing since"),
        pytest.param({"suspect_since": 4, "refusals": 0}, "expired", id="only a message in full was refused"),
    ],
)
def test_what_waits_for_a_verdict_on_its_target_expires_with_that_of_no_other(
    source: Source, targets: tuple[Target, Target], now: datetime, lane: dict[str, int], state: str
) -> None:
    owed(source, now)
    later = after(now, hours=25)
    since = after(later, minutes=-lane["suspect_since"])
    Lane.objects.create(target=targets[0], suspect_since=since, refusals=lane["refusals"])
    outbox.expire_overdue(later)
    assert [one.state for target in targets for one in of(target, kind="alert")] == [state, "expired"]


def test_an_expired_test_message_is_no_news_for_the_room(targets: tuple[Target, Target], now: datetime) -> None:
    outbox.owe_test(targets[0], "ann", now)
    outbox.expire_overdue(after(now, days=2))
    assert [(one.kind, one.state) for one in of(targets[0])] == [("test", "expired")]


def test_what_ends_with_its_last_try_is_told_in_the_line_and_what_goes_on_is_not(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    target = targets[0]
    for number in range(2):
        owed(source, now, group=f"g{number}")
    old, young = of(target)
    Delivery.objects.filter(pk=old.pk).update(expires_at=now)
    claimed = claim(target, now)
    record(claimed, now, outcome(now, Reason.INTERNAL))
    [line] = of(target, kind="expiry")
    assert list(Delivery.objects.filter(carried_by=line).values_list("pk", "state")) == [(old.pk, "expired")]
    young.refresh_from_db()
    assert young.state == "waiting"
