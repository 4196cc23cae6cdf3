"""Probing where two things meet: two targets in trouble, two troubles of one, several refused messages."""

from __future__ import annotations

from datetime import datetime

import pytest

from deliveries import outbox
from deliveries.models import Delivery, Lane
from deliveries.outbox import probing
from deliveries.reasons import Reason
from deliveries.rocketchat.outcomes import Ending
from routing.models import Source, Target
from tests.deliveries.lanes import after, claim, outcome, record, send, try_claim
from tests.factories import owed

pytestmark = pytest.mark.django_db


def lines(target: Target) -> list[Delivery]:
    """AlertHub's own, to find out who is to blame."""
    return list(Delivery.objects.filter(target=target, kind="probe").order_by("id"))


def refuse(target: Target, now: datetime, messages: int = 1) -> None:
    """Each message in full, and then its plain text."""
    for _ in range(2 * messages):
        send(target, now, Reason.SUCCESS_FALSE)


def test_a_line_that_waits_for_its_answer_in_one_room_is_no_line_of_another(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    owed(source, now)
    for each in targets:
        refuse(each, now)
        send(each, after(now, seconds=5), Reason.CONNECT, Ending.NOT_SENT)
    assert [[line.state for line in lines(each)] for each in targets] == [["waiting"], ["waiting"]]


def test_a_line_of_an_earlier_trouble_stays_delivered_and_that_of_another_room_stays_owed(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    first, second = targets
    owed(source, now)
    for each in targets:
        refuse(each, now)
    send(first, after(now, seconds=5))
    send(second, after(now, seconds=5), Reason.CONNECT, Ending.NOT_SENT)
    later = after(now, hours=1)
    owed(source, later, group="later")
    send(first, later, Reason.FORBIDDEN)
    send(first, after(later, seconds=5))
    assert Lane.objects.get(target=first).refusals == 0
    assert [[line.state for line in lines(each)] for each in targets] == [["delivered"], ["waiting"]]


def test_a_line_that_another_message_makes_needless_says_so(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    owed(source, now)
    refuse(targets[0], now)
    send(targets[0], after(now, seconds=5), Reason.CONNECT, Ending.NOT_SENT)
    later = after(now, seconds=15)
    owed(source, later, group="later")
    assert [one.kind for one in send(targets[0], later)] == ["alert"]
    [line] = lines(targets[0])
    assert (line.state, line.reason, line.ended_at) == ("cancelled", "not_needed", later)
    assert line.explanation == "Another message showed that the target takes messages."


@pytest.mark.parametrize(
    ("lane", "seconds"),
    [
        pytest.param({"suspect_since": 0, "refusals": 0}, None, id="a message was refused in full, no more"),
        pytest.param({"refusals": 2}, None, id="what was refused is over"),
        pytest.param({"suspect_since": 0, "refusals": 1}, 10, id="it may be broken"),
        pytest.param({"opened_at": 3}, 3, id="it does not answer"),
        pytest.param({"suspect_since": 0, "refusals": 1, "opened_at": 3}, 3, id="both, and the sooner counts"),
        pytest.param({"suspect_since": 3, "refusals": 1, "opened_at": 0}, 3, id="both, the other way round"),
        pytest.param({"broken_at": -30, "opened_at": 3}, 25, id="it is broken"),
    ],
)
def test_the_next_probe_comes_by_the_trouble_that_wants_it_first(
    now: datetime, lane: dict[str, int], seconds: int | None
) -> None:
    """Five seconds after it may be broken, that is asked; marks are at 5, 15, 30, 60 and 120 s."""
    times = {name: value if name == "refusals" else after(now, seconds=value) for name, value in lane.items()}
    found = probing.again_at(Lane(**times), after(now, seconds=5))
    assert found == (None if seconds is None else after(now, seconds=5 + seconds))


def test_no_line_is_made_where_nothing_waits_or_one_waits_already(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    first, second = targets
    long_ago = after(now, minutes=-1)
    for target in targets:
        Lane.objects.create(target=target, suspect_since=long_ago, refusals=1)
    assert [try_claim(target, now) for target in targets] == [None, None]
    assert not Delivery.objects.exists()
    owed(source, now)
    Delivery.objects.update(plain=True, attempt_count=2, refused_after=0)
    send(first, now, Reason.CONNECT, Ending.NOT_SENT)
    Delivery.objects.filter(kind="probe").update(next_attempt_at=after(now, hours=1))
    Lane.objects.update(probe_at=None)
    assert (try_claim(first, now), len(lines(first)), lines(second)) == (None, 1, [])


def test_until_the_line_may_go_nobody_looks_at_the_room_again(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    target = targets[0]
    owed(source, now)
    refuse(target, now)
    assert try_claim(target, after(now, seconds=1)) is None
    Delivery.objects.filter(target=targets[1]).update(state="delivered", ended_at=now)
    assert [second for second in (1, 4, 5) if outbox.due_targets(after(now, seconds=second))] == [5]


@pytest.mark.parametrize(("refused", "named"), [(1, 1), (2, 2), (3, 3), (4, 3), (6, 3)])
def test_the_line_names_three_messages_and_says_when_there_are_more(
    source: Source, targets: tuple[Target, Target], now: datetime, refused: int, named: int
) -> None:
    target = targets[0]
    ids = [owed(source, now, group=f"g{number}")[0].pk for number in range(refused)]
    Delivery.objects.filter(target=target).update(plain=True, attempt_count=2, refused_after=0)
    Lane.objects.create(target=target, suspect_since=after(now, seconds=-5), refusals=1)
    [(line, _)] = claim(target, now).pairs
    assert (line.kind, [f"D-{pk}" in line.note for pk in ids]) == (
        "probe",
        [True] * named + [False] * (refused - named),
    )
    assert ("and more" in line.note, "it tells" in line.note) == (refused > 3, refused == 1)


def test_what_was_begun_is_brought_to_its_end_before_anything_else_is_tried(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    """Each refused message that was not begun would be one more in doubt; what was made plain is the best judge."""
    target = targets[0]
    fresh, tried, plain = (owed(source, now, group=f"g{number}")[0].pk for number in range(3))
    Delivery.objects.filter(pk=fresh).update(next_attempt_at=after(now, minutes=-1))
    Delivery.objects.filter(pk=tried).update(attempt_count=1)
    Delivery.objects.filter(pk=plain).update(attempt_count=1, plain=True)
    Lane.objects.create(target=target, suspect_since=now)
    asked = []
    for _ in range(3):
        [(one, _)] = claim(target, now).pairs
        asked.append(one.pk)
        Delivery.objects.filter(pk=one.pk).update(state="delivered", lease_until=None, ended_at=now)
    assert asked == [plain, tried, fresh]


def test_in_a_broken_room_one_of_those_that_are_held_is_the_probe(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    target = targets[0]
    held = [owed(source, now, group=f"g{number}")[0].pk for number in range(3)][1:]
    Delivery.objects.filter(pk__in=held).update(state="held")
    Lane.objects.create(target=target, broken_at=now, suspect_since=now, refusals=3, probe_at=now)
    claimed = claim(target, now)
    assert [one.pk for one, _ in claimed.pairs] == held[:1]
    record(claimed, now, outcome(now, Reason.FORBIDDEN))
    assert Lane.objects.get(target=target).probe_at == after(now, seconds=5)
