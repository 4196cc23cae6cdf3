"""Order and completeness under any interleaving: tellings, two workers, every outcome, lost leases, moving time."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Count, Q
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from deliveries import outbox
from deliveries.models import Attempt, Delivery
from deliveries.outbox import Claim, Result
from deliveries.reasons import Reason
from deliveries.rocketchat.outcomes import Ending, Outcome
from routing import rulebook
from tests import factories
from tests.conftest import NOW
from tests.factories import alert, payload

pytestmark = pytest.mark.django_db
GROUPS, WORKERS = ("disk", "net", "cpu"), ("w1", "w2")
FATES: dict[str, tuple[Ending, Reason | None, bool]] = {
    # name: what the trail says, why, and whether the message is in the room all the same
    "delivered": (Ending.DELIVERED, None, True),
    "no connection": (Ending.NOT_SENT, Reason.CONNECT, False),
    "rate limited": (Ending.REFUSED, Reason.RATE_LIMITED, False),
    "bad message": (Ending.REFUSED, Reason.BAD_MESSAGE, False),
    "no permission": (Ending.REFUSED, Reason.FORBIDDEN, False),
    "silence, but posted": (Ending.UNKNOWN, Reason.TIMEOUT, True),
    "silence, and not posted": (Ending.UNKNOWN, Reason.TIMEOUT, False),
}
# Delivered more often than not: else hardly any run gets beyond the head of its lane.
A_FATE = st.sampled_from(["delivered"] * 4 + list(FATES))
FINAL = {
    Delivery.State.DELIVERED,
    Delivery.State.MERGED,
    Delivery.State.REJECTED,
    Delivery.State.EXPIRED,
    Delivery.State.CANCELLED,
}


class Lanes(RuleBasedStateMachine):
    """Two targets are told about three groups; two workers claim, send into a room that is a dict, and record or die.

    The second target's budget is small, so what it is owed merges into digests.
    """

    def __init__(self) -> None:
        super().__init__()
        block: Any = transaction.atomic()
        block._from_testcase = True  # so that ingest may make its own durable one inside
        block.__enter__()
        self.transaction = block
        rulebook.forget()
        self.now = NOW
        self.source = factories.make_source()
        small: dict[str, Any] = {"rate_limit_calls": 2, "rate_limit_seconds": 30, "digest_after": 20}
        self.targets = [factories.make_target("ops"), factories.make_target("team", **small)]
        factories.make_rule(targets=self.targets)
        self.accepted: list[int] = []
        self.held: dict[str, Claim] = {}
        self.calls: list[float] = []
        self.seen: dict[tuple[int, int], list[int]] = defaultdict(list)
        self.posted: Counter[int] = Counter()
        self.posted_by: dict[int, set[int]] = defaultdict(set)

    def teardown(self) -> None:
        try:
            self.all_good_now()
        finally:
            transaction.set_rollback(True)
            self.transaction.__exit__(None, None, None)

    @rule(group=st.sampled_from(GROUPS), status=st.sampled_from(["firing", "resolved"]), names=st.integers(1, 3))
    def tell(self, group: str, status: str, names: int) -> None:
        alerts = [alert(f"{group}{number}", status=status) for number in range(names)]
        told = factories.accept(self.source, payload(*alerts, group=group), self.now)
        self.accepted += [delivery.pk for delivery in told.deliveries]

    @rule(seconds=st.sampled_from([0.5, 2, 20, 130, 1000]))
    def time_passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(worker=st.sampled_from(WORKERS), position=st.integers(0, 1))
    def claim(self, worker: str, position: int) -> None:
        # A worker that dies with a claim is the same as one that claims anew and forgets what it held.
        if worker not in self.held and (claim := outbox.claim(self.targets[position].pk, now=self.now, worker=worker)):
            self.held[worker] = claim

    @precondition(lambda self: self.held)
    @rule(data=st.data(), late=st.booleans())
    def send_and_record(self, data: st.DataObject, late: bool) -> None:
        """Send what is claimed, all or its beginning; `late`: recorded when the lease was lost and claimed again."""
        claim = self.held.pop(data.draw(st.sampled_from(sorted(self.held))))
        if self.now >= claim.lease_until:
            return  # a living worker sends nothing after its lease
        fates = data.draw(st.lists(A_FATE, max_size=len(claim.pairs)))
        results = [self.send(pair, fate) for pair, fate in zip(claim.pairs, fates, strict=False)]
        if late:
            self.now += outbox.LEASE
            outbox.recover(self.now)
            self.claim(claim.pairs[0][1].worker, self.targets.index(claim.target))
        outbox.record(claim, results, now=self.now, draw=lambda: 0.5)

    @precondition(lambda self: self.held)
    @rule(data=st.data(), reached=st.integers(0, 3))
    def die(self, data: st.DataObject, reached: int) -> None:
        """The worker is killed after it posted some of its messages and recorded none."""
        claim = self.held.pop(data.draw(st.sampled_from(sorted(self.held))))
        for delivery, _ in claim.pairs[:reached] if self.now < claim.lease_until else ():
            self.post(delivery)

    @rule()
    def recover(self) -> None:
        outbox.recover(self.now)

    @rule()
    def tend(self) -> None:
        outbox.tend(self.now)

    def send(self, pair: tuple[Delivery, Attempt], fate: str) -> Result:
        kind, reason, in_room = FATES[fate]
        if pair[0].target_id == self.targets[1].pk:
            self.calls.append(self.now.timestamp())
        if in_room:
            self.post(pair[0])
        wait = 20.0 if reason is Reason.RATE_LIMITED else None
        outcome = Outcome(kind, reason, 200, "", "", wait, started_at=self.now, duration=0.01)
        return Result(*pair, outcome, "{}")

    def post(self, carrier: Delivery) -> None:
        """A message tells of its delivery and of what that carries, in their order."""
        carried = Delivery.objects.filter(Q(pk=carrier.pk) | Q(carried_by=carrier) | Q(carried_by__carried_by=carrier))
        for delivery in carried.filter(kind="alert").order_by("seq"):
            assert delivery.target_id is not None
            assert delivery.conversation_id is not None
            assert delivery.seq is not None
            self.posted[delivery.pk] += 1
            self.posted_by[delivery.pk].add(carrier.pk)
            # A firing told together with its resolved has given its place to it.
            if self.posted[delivery.pk] == 1 and delivery.reason != "with_resolved":
                self.seen[delivery.target_id, delivery.conversation_id].append(delivery.seq)

    @invariant()
    def rooms_are_told_in_order(self) -> None:
        assert all(told == sorted(told) for told in self.seen.values())

    @invariant()
    def at_most_one_of_a_conversation_is_on_its_way(self) -> None:
        sending = Delivery.objects.filter(state=Delivery.State.SENDING, kind="alert").order_by()
        assert (
            not sending.values("target", "conversation").annotate(together=Count("pk")).filter(together__gt=1).exists()
        )

    @invariant()
    def a_lease_that_lasts_is_nobody_elses_business(self) -> None:
        for claim in self.held.values():
            mine = Delivery.objects.filter(lease_token=claim.token, state=Delivery.State.SENDING)
            assert self.now >= claim.lease_until or mine.count() == len(claim.pairs)

    @invariant()
    def every_try_has_its_own_number(self) -> None:
        counts = dict(Delivery.objects.values_list("pk", "attempt_count"))
        numbers: dict[int, list[int]] = {pk: [] for pk in counts}
        for pk, number in Attempt.objects.order_by("number").values_list("delivery_id", "number"):
            numbers[pk].append(number)
        assert numbers == {pk: list(range(1, count + 1)) for pk, count in counts.items()}

    @invariant()
    def a_repeat_in_the_room_is_never_unexplained(self) -> None:
        """Seen n times means at least n - 1 tries whose end nobody knew."""
        open_tries = set(Attempt.objects.filter(outcome="").values_list("delivery_id", flat=True))
        unknown = dict(Delivery.objects.values_list("pk", "unknown_count"))
        for pk, carriers in self.posted_by.items():
            assert self.posted[pk] <= 1 + sum(unknown[one] + (one in open_tries) for one in carriers | {pk})

    @invariant()
    def the_budget_holds(self) -> None:
        calls = sorted(self.calls)
        assert all(later - earlier >= 30 for earlier, later in zip(calls, calls[2:], strict=False))

    def all_good_now(self) -> None:
        """Every worker but one is gone, every target takes everything: nothing may be left open, nothing lost."""
        for _ in range(200):
            self.now += outbox.LEASE
            outbox.recover(self.now)
            outbox.tend(self.now)
            for target in self.targets:
                while claim := outbox.claim(target.pk, now=self.now, worker="last"):
                    results = [self.send(pair, "delivered") for pair in claim.pairs]
                    outbox.record(claim, results, now=self.now, draw=lambda: 0.5)
            if not Delivery.objects.filter(ended_at=None).exists():
                break
        states: dict[int, Any] = dict(Delivery.objects.filter(kind="alert").values_list("pk", "state"))
        assert sorted(states) == sorted(self.accepted)
        assert set(states.values()) <= FINAL
        told = [pk for pk, state in states.items() if state in (Delivery.State.DELIVERED, Delivery.State.MERGED)]
        ended_badly = set(Delivery.objects.filter(state__in=Delivery.DEAD).values_list("pk", flat=True))
        by_resolved = dict(Delivery.objects.filter(reason="with_resolved").values_list("pk", "carried_by"))
        assert all(self.posted[pk] for pk in told if by_resolved.get(pk) not in ended_badly)
        self.rooms_are_told_in_order()


@pytest.fixture
def outside() -> Iterator[None]:
    """Each example rolls back its own savepoint."""
    yield
    assert Delivery.objects.count() == 0


@pytest.mark.usefixtures("outside")
def test_any_interleaving_keeps_the_order_and_loses_nothing() -> None:
    # Without shrinking, which takes minutes here: the steps of the example found are few enough to read.
    phases = (Phase.explicit, Phase.reuse, Phase.generate)
    found = settings(
        max_examples=30,
        stateful_step_count=25,
        deadline=None,
        phases=phases,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Lanes, settings=found)
