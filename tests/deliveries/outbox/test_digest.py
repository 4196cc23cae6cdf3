"""Planning of digests: when a storm begins, what goes together, and what must never overtake what."""

from __future__ import annotations

import tracemalloc
from collections import defaultdict
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deliveries.messages import kinds_size
from deliveries.outbox import budget, digest
from deliveries.outbox.digest import State, Waiting
from routing.rules.severity import rank
from tests.deliveries.stories import NOW

NAMES = st.sampled_from(["DiskFull", "HostDown", "PostgresDown", "n" * 90, "a b, c"])
SEVERITIES = st.sampled_from(["critical", "warning", "info", "sev-7"])
KINDS = st.dictionaries(
    st.tuples(SEVERITIES, NAMES), st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=4
)


@st.composite
def queues(draw: st.DrawFn) -> list[Waiting]:
    """Deliveries of a few conversations, some of none, in any order."""
    ids = draw(st.permutations(range(1, draw(st.integers(0, 25)) + 1)))
    return [
        Waiting(
            delivery_id=number,
            conversation_id=draw(st.none() | st.integers(1, 5)),
            seq=place,
            severity=draw(SEVERITIES),
            due_at=NOW + timedelta(seconds=draw(st.integers(-100, 0))),
            kinds=draw(KINDS),
        )
        for place, number in enumerate(ids)
    ]


def waiting(number: int, conversation: int | None = None, **changes: object) -> Waiting:
    fields = {"severity": "critical", "due_at": NOW, "kinds": {("critical", "DiskFull"): (1, 0)}, "seq": number}
    return Waiting(delivery_id=number, conversation_id=conversation, **(fields | changes))  # type: ignore[arg-type]


def state(number: int, status: str, keys: str) -> State:
    return State(number, number, status, frozenset(keys))


@pytest.mark.parametrize(
    ("calls", "within", "number"),
    [
        ([], 0, 10),
        ([], 30, 10),
        ([], 60.5, 20),
        ([1000.0] * 10, 30, 0),
        ([950.0] * 4 + [1000.0] * 6, 0, 0),
        ([950.0] * 4 + [1000.0] * 6, 10.5, 4),
        ([950.0] * 4 + [1000.0] * 6, 60.5, 10),
        ([900.0] * 10, 0, 10),
        ([1000.0] * 15, 60.5, 10),
        ([2000.0] * 10, 60.5, 10),
    ],
)
def test_calls_start_where_a_place_is_free_or_becomes_free(calls: list[float], within: float, number: int) -> None:
    assert digest.calls_within(calls, 10, 60, 1000.0, within) == number


def test_without_a_limit_any_number_of_calls_may_start() -> None:
    assert digest.calls_within([1000.0] * 50, 0, 60, 1000.0, 30) > 10**6


def test_a_limit_of_any_size_makes_no_list_of_that_size() -> None:
    tracemalloc.start()
    found = digest.calls_within([1000.0, 970.0], 10**12, 60, 1000.0, 61.0)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (found, most < 10_000) == (2 * 10**12 - 2, True)


@given(
    st.lists(st.integers(880, 1010).map(float), max_size=15), st.integers(1, 6), st.integers(1, 90), st.integers(0, 200)
)
def test_what_is_carried_is_what_the_budget_lets_through(
    calls: list[float], limit: int, period: int, within: int
) -> None:
    now, made, end = 1000.0, sorted(calls), 1000.0 + within
    through = 0
    while now <= end:
        free = budget.free(made, limit, period, now) or 0
        made = sorted(budget.reserve(made, free, period, now))
        through += free
        now = budget.free_at(made, limit, period, now).timestamp()
    assert digest.calls_within(calls, limit, period, 1000.0, within) == through


def test_the_worst_conversation_comes_first_then_the_one_longest_due() -> None:
    queue = [
        waiting(1, severity="info"),
        waiting(2, severity="warning"),
        waiting(3, severity="warning", due_at=NOW - timedelta(seconds=5)),
        waiting(4),
    ]
    assert digest.merge(queue, 10_000) == [[4, 3, 2, 1]]


def test_each_of_two_conversations_stays_together_and_in_its_order() -> None:
    queue = [waiting(1, 7, seq=5, severity="info"), waiting(2, 7, seq=4, severity="info"), waiting(3, 8), waiting(4, 8)]
    assert digest.merge(queue, 10_000) == [[3, 4, 2, 1]]


def test_a_conversation_is_due_for_as_long_as_its_first_delivery() -> None:
    queue = [
        waiting(1, due_at=NOW - timedelta(seconds=5)),
        waiting(2, 7, due_at=NOW - timedelta(seconds=9)),
        waiting(3, 7),
    ]
    assert digest.merge(queue, 10_000) == [[2, 3, 1]]


def test_a_conversation_is_as_urgent_as_its_worst_delivery() -> None:
    queue = [waiting(1, severity="warning"), waiting(2, 7, severity="info"), waiting(3, 7)]
    assert digest.merge(queue, 10_000) == [[2, 3, 1]]


def test_what_does_not_fit_goes_into_the_next_digest() -> None:
    queue = [waiting(number, kinds={("critical", f"A{number}"): (1, 0)}) for number in range(1, 8)]
    room = kinds_size({("critical", f"A{number}"): (1, 0) for number in range(3)})
    assert digest.merge(queue, room) == [[1, 2, 3], [4, 5, 6], [7]]


def test_what_is_named_already_joins_where_it_is_named() -> None:
    queue = [waiting(number, kinds={("critical", f"ALongAlertName{number % 4}"): (1, 0)}) for number in range(1, 9)]
    room = kinds_size({("critical", f"ALongAlertName{number}"): (2, 0) for number in range(3)})
    assert digest.merge(queue, room) == [[1, 2, 3, 5, 6, 7], [4, 8]]


def test_a_later_delivery_of_a_conversation_never_goes_into_an_earlier_digest() -> None:
    queue = [
        waiting(1, kinds={("critical", "A1"): (1, 0)}),
        waiting(2, 7, kinds={("critical", "A" * 80): (1, 0)}),
        waiting(3, 7, kinds={("critical", "A1"): (1, 0)}),
    ]
    room = kinds_size({("critical", "A1"): (1, 0), ("critical", "A" * 80): (1, 0)}) - 1
    assert digest.merge(queue, room) == [[1], [2], [3]]


def test_a_delivery_larger_than_any_digest_is_sent_as_itself() -> None:
    huge = {("critical", f"Alert{number}"): (1, 0) for number in range(100)}
    assert digest.merge([waiting(1), waiting(2, kinds=huge), waiting(3)], 100) == [[1, 3], [2]]


@given(queues(), st.integers(30, 400))
def test_every_delivery_is_in_exactly_one_digest(queue: list[Waiting], room: int) -> None:
    merged = [number for together in digest.merge(queue, room) for number in together]
    assert sorted(merged) == sorted(delivery.delivery_id for delivery in queue)


@given(queues(), st.integers(30, 400))
def test_no_digest_is_empty_or_larger_than_its_room(queue: list[Waiting], room: int) -> None:
    kinds = {delivery.delivery_id: delivery.kinds for delivery in queue}
    for together in digest.merge(queue, room):
        total: dict[tuple[str, str], tuple[int, int]] = {}
        for number in together:
            for kind, (firing, resolved) in kinds[number].items():
                before = total.get(kind, (0, 0))
                total[kind] = before[0] + firing, before[1] + resolved
        assert together
        assert len(together) == 1 or kinds_size(total) <= room


@given(queues(), st.integers(30, 400))
def test_a_conversation_keeps_its_order_through_all_digests(queue: list[Waiting], room: int) -> None:
    place = {number: at for at, number in enumerate(n for together in digest.merge(queue, room) for n in together)}
    conversations = defaultdict(list)
    for delivery in queue:
        if delivery.conversation_id is not None:
            conversations[delivery.conversation_id].append(delivery)
    for members in conversations.values():
        ordered = sorted(members, key=lambda delivery: delivery.seq or 0)
        assert all(place[one.delivery_id] < place[other.delivery_id] for one, other in pairwise(ordered))


@given(queues())
def test_where_all_fit_the_worst_stand_first(queue: list[Waiting]) -> None:
    worst: dict[int, int] = {}
    for delivery in queue:
        if delivery.conversation_id is not None:
            worst[delivery.conversation_id] = min(worst.get(delivery.conversation_id, 9), rank(delivery.severity))
    urgency = {
        delivery.delivery_id: worst.get(delivery.conversation_id or 0, rank(delivery.severity)) for delivery in queue
    }
    ranks = [urgency[number] for together in digest.merge(queue, 10**6) for number in together]
    assert ranks == sorted(ranks)


@pytest.mark.parametrize(
    ("conversation", "carried_by"),
    [
        ([state(1, "firing", "a"), state(2, "resolved", "a")], {1: 2}),
        ([state(1, "firing", "ab"), state(2, "resolved", "abc")], {1: 2}),
        ([state(1, "firing", "a"), state(2, "firing", "a"), state(3, "resolved", "a")], {1: 3, 2: 3}),
        ([state(1, "firing", "a"), state(2, "firing", "ab"), state(3, "resolved", "a")], {1: 3}),
        ([state(1, "firing", "a"), state(2, "firing", "b"), state(3, "resolved", "b")], {2: 3}),
        # Only a part of it is over.
        ([state(1, "firing", "ab"), state(2, "resolved", "a")], {}),
        # Over, but told in two messages: the first resolved would overtake its firing.
        ([state(1, "firing", "ab"), state(2, "resolved", "a"), state(3, "resolved", "ab")], {}),
        ([state(1, "firing", "ab"), state(2, "resolved", "a"), state(3, "resolved", "b")], {}),
        # It fires again afterwards.
        ([state(1, "firing", "a"), state(2, "resolved", "a"), state(3, "firing", "a")], {}),
        (
            [state(1, "firing", "a"), state(2, "resolved", "a"), state(3, "firing", "a"), state(4, "resolved", "a")],
            {3: 4},
        ),
        ([state(1, "resolved", "a"), state(2, "firing", "a")], {}),
        ([state(1, "firing", ""), state(2, "resolved", "a")], {}),
        ([], {}),
    ],
)
def test_a_firing_is_told_with_the_resolved_that_ends_it_for_good(
    conversation: list[State], carried_by: dict[int, int]
) -> None:
    assert digest.told_together(conversation) == carried_by


@given(st.lists(st.tuples(st.sampled_from(["firing", "resolved"]), st.sets(st.sampled_from("abc"))), max_size=8))
def test_nothing_is_told_together_over_a_newer_word_about_the_same_alert(told: list[tuple[str, set[str]]]) -> None:
    conversation = [state(number, status, "".join(keys)) for number, (status, keys) in enumerate(told)]
    for number, carrier in digest.told_together(conversation).items():
        one, other = conversation[number], conversation[carrier]
        assert (one.status, other.status) == ("firing", "resolved")
        assert number < carrier
        assert one.keys <= other.keys
        between, after = conversation[number + 1 : carrier], conversation[carrier + 1 :]
        assert not any(each.status == "resolved" and each.keys & one.keys for each in between)
        assert not any(each.status == "firing" and each.keys & one.keys for each in after)
