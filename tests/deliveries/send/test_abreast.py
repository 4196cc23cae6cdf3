"""A room that takes its time is asked for several messages at once; one that is quick, or in trouble, is not."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from deliveries.models import Attempt, Lane
from deliveries.reasons import Reason
from deliveries.rocketchat import rest
from deliveries.rocketchat.client import Client
from deliveries.rocketchat.outcomes import Ending, Outcome
from deliveries.send import abreast, roads, sender
from deliveries.send.roads import Message
from routing.models import Source, Target
from tests.deliveries.lanes import claim, outcome
from tests.deliveries.send.chat import Chat, work
from tests.factories import alert, make_rest_target, make_rule, make_server, owed

SLOW = 0.02


@pytest.fixture(autouse=True)
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it ships; other tests send one by one, however busy the machine is."""
    monkeypatch.setattr(abreast, "SLOW", 0.015)


class Meeting(Chat):
    """A slow Rocket.Chat in which `count` calls meet after the first: each of them waits for the others."""

    def __init__(self, now: datetime, *outcomes: Outcome, count: int) -> None:
        super().__init__(now, *outcomes)
        self.barrier, self.lock = threading.Barrier(count), threading.Lock()

    def post(self, hook: object, body: dict[str, Any]) -> Outcome:
        if self.bodies:
            self.barrier.wait(timeout=10)
        with self.lock:
            answer = super().post(hook, body)
        return replace(answer, duration=SLOW)


@pytest.mark.parametrize(
    ("last", "width"),
    [
        (None, 1),
        ({"duration": 0.014}, 1),
        ({"duration": 0.015}, 4),
        ({"duration": 9.0, "reason": Reason.BAD_MESSAGE}, 1),
        ({"duration": 9.0, "kind": Ending.UNKNOWN}, 1),
    ],
)
def test_several_go_after_one_that_a_slow_room_took(now: datetime, last: dict[str, Any] | None, width: int) -> None:
    assert abreast.width(None if last is None else outcome(now, **last)) == width


@pytest.mark.django_db
def test_a_slow_room_gets_its_first_message_alone_and_then_several_at_once(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    for number in range(4):
        owed(source, now, group=f"g{number}")
    chat = Meeting(now, count=3)
    assert work(claim(targets[0], now), chat, lambda: now) == 4
    assert not chat.barrier.broken
    assert set(targets[0].deliveries.values_list("state", flat=True)) == {"delivered"}


@pytest.mark.django_db
def test_a_batch_begins_as_the_one_before_it_ended(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    for number in range(4):
        owed(source, now, group=f"g{number}")
    chat = Meeting(now, count=3)
    first = outcome(now, duration=SLOW)
    chat.bodies.append({})
    claimed = claim(targets[0], now)
    del claimed.pairs[3:]
    sender._send_claim(claimed, chat.client, lambda: now, lambda: 0.5, lambda: False, first)
    assert not chat.barrier.broken


class Answering(Chat):
    """Answers each message as told by its alert's name, whichever of those side by side asks first."""

    def __init__(self, now: datetime, **told: Outcome) -> None:
        super().__init__(now)
        self.told = told

    def post(self, hook: object, body: dict[str, Any]) -> Outcome:
        return next(answer for name, answer in self.told.items() if name in body["text"])


@pytest.mark.django_db
def test_what_came_of_each_that_went_side_by_side_stands_with_its_own_message(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    for number in range(4):
        owed(source, now, alert(f"Alert{number}"), group=f"g{number}")
    well, ill = outcome(now, duration=SLOW), outcome(now, Reason.CONNECT, Ending.NOT_SENT)
    chat = Answering(now, Alert0=well, Alert1=well, Alert2=ill, Alert3=well)
    assert work(claim(targets[0], now), chat, lambda: now) == 4
    reasons = Attempt.objects.order_by("delivery_id").values_list("reason", flat=True)
    assert list(reasons) == ["", "", "connect", ""]


@pytest.mark.django_db
def test_two_refused_in_a_row_end_a_batch_though_others_beside_them_were_taken(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    for number in range(6):
        owed(source, now, alert(f"Alert{number}"), group=f"g{number}")
    Lane.objects.update_or_create(target=targets[0], defaults={"streak": 1})
    well, refused = outcome(now, duration=SLOW), outcome(now, Reason.BAD_MESSAGE)
    chat = Answering(now, Alert0=well, Alert1=refused, Alert2=refused, Alert3=well, Alert4=well, Alert5=well)
    assert work(claim(targets[0], now), chat, lambda: now) == 5


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("reason", "told"),
    [(Reason.CONNECT, {"failures": 1, "refusals": 0}), (Reason.GONE, {"failures": 1, "refusals": 1})],
)
def test_one_trouble_met_by_several_at_once_is_one_answer(
    source: Source, targets: tuple[Target, Target], now: datetime, reason: Reason, told: dict[str, int]
) -> None:
    for number in range(4):
        owed(source, now, group=f"g{number}")
    ill = outcome(now, reason, Ending.NOT_SENT if reason is Reason.CONNECT else None)
    work(claim(targets[0], now), Meeting(now, outcome(now), ill, ill, ill, count=3), lambda: now)
    lane = Lane.objects.get(target=targets[0])
    assert {"failures": lane.failures, "refusals": lane.refusals} == told


@pytest.mark.django_db
def test_a_trouble_beside_a_message_that_was_itself_wrong_is_an_answer(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    for number in range(4):
        owed(source, now, alert(f"Alert{number}"), group=f"g{number}")
    well, large = outcome(now, duration=SLOW), outcome(now, Reason.TOO_LARGE)
    ill = outcome(now, Reason.CONNECT, Ending.NOT_SENT)
    work(claim(targets[0], now), Answering(now, Alert0=well, Alert1=large, Alert2=ill, Alert3=ill), lambda: now)
    assert Lane.objects.get(target=targets[0]).failures == 1


@pytest.mark.django_db
def test_a_trouble_after_one_that_was_over_is_another_answer(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    """Two troubles one by one are two answers."""
    for number in range(4):
        owed(source, now, group=f"g{number}")
    ill = outcome(now, Reason.CONNECT, Ending.NOT_SENT)
    results = work(claim(targets[0], now), Chat(now, ill), lambda: now)
    assert (results, Lane.objects.get(target=targets[0]).failures) == (1, 1)
    later = Lane.objects.get(target=targets[0]).probe_at or now
    work(claim(targets[0], later), Chat(later, ill), lambda: later)
    assert Lane.objects.get(target=targets[0]).failures == 2


@pytest.mark.django_db
def test_a_trouble_after_a_message_that_was_refused_is_an_answer_of_its_own(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    for number in range(2):
        owed(source, now, group=f"g{number}")
    refused, ill = outcome(now, Reason.BAD_MESSAGE), outcome(now, Reason.CONNECT, Ending.NOT_SENT)
    work(claim(targets[0], now), Chat(now, refused, ill), lambda: now)
    assert Lane.objects.get(target=targets[0]).failures == 1


@pytest.mark.django_db
def test_a_room_that_a_message_beside_found_anew_is_kept_by_one_that_was_refused_in_the_old(
    source: Source, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = make_rest_target(make_server())
    make_rule(targets=[target])
    (delivery,) = owed(source, now)
    road = roads.to(target, "old")

    def refused(*args: Any, **kwargs: Any) -> Outcome:
        road.room_id = "new"  # by another thread, meanwhile
        return outcome(now, Reason.BAD_ROOM)

    monkeypatch.setattr(rest, "send", refused)
    road.send(roads.new_client(), delivery, Message({"text": "x"}))
    assert road.room_id == "new"


def test_each_call_has_a_client_of_its_own() -> None:
    client = roads.new_client()
    callers: list[Client] = []

    def post(caller: Client) -> Any:
        callers.append(caller)

    abreast.post([post] * 3, client)
    assert len({id(caller) for caller in callers}) == 3


def test_what_a_thread_raises_is_raised_after_the_others_ended() -> None:
    client, ended = roads.new_client(), []

    def fails(caller: Client) -> Outcome:
        raise KeyboardInterrupt

    def ends(caller: Client) -> Any:
        ended.append(True)

    with pytest.raises(KeyboardInterrupt):
        abreast.post([ends, fails, ends], client)
    assert ended == [True, True]


@pytest.mark.django_db
def test_what_the_system_gives_no_thread_for_goes_after_what_is_under_way(
    source: Source, targets: tuple[Target, Target], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        owed(source, now, group=f"g{number}")
    start, begun = threading.Thread.start, []

    def one_only(thread: threading.Thread) -> None:
        begun.append(thread)
        if len(begun) == 2:
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", one_only)
    # One alone, two of three side by side, and the last one.
    assert work(claim(targets[0], now), Chat(now, outcome(now, duration=SLOW)), lambda: now) == 4
    assert set(targets[0].deliveries.values_list("state", flat=True)) == {"delivered"}


def test_the_clients_beside_one_are_kept_and_closed_with_it() -> None:
    client = roads.new_client()
    first = client.others(2)
    assert client.others(3)[:2] == first
    first[0]._adapters[()] = roads.new_client()  # type: ignore[assignment] # anything that can be closed
    client.close()
    assert first[0]._adapters == {}
