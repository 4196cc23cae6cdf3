"""A storm becomes digests, inside the budget, in order; what a digest carries shares its fate."""

from __future__ import annotations

from datetime import datetime

import pytest

from deliveries.models import Delivery, Lane
from deliveries.reasons import Reason
from deliveries.rocketchat.outcomes import Ending
from routing.models import Source, Target
from tests import factories
from tests.deliveries.lanes import after, claim, outcome, record, send, send_all, try_claim
from tests.factories import alert, owed

pytestmark = pytest.mark.django_db


@pytest.fixture
def target() -> Target:
    """Ten calls a minute, as Rocket.Chat allows by default."""
    target = factories.make_target(rate_limit_calls=10, rate_limit_seconds=60)
    factories.make_rule(targets=[target])
    return target


def storm(
    source: Source, now: datetime, groups: int = 40, name: str = "DiskFull", severity: str = "critical"
) -> list[Delivery]:
    told = (owed(source, now, alert(name, severity=severity), group=f"g{number}") for number in range(groups))
    return [delivery for some in told for delivery in some]


def test_what_the_budget_carries_is_not_merged(source: Source, target: Target, now: datetime) -> None:
    storm(source, now, groups=10)
    send_all(target, now)
    send_all(target, after(now, seconds=2))
    assert Delivery.objects.filter(state="delivered").count() == 10


def test_more_than_the_budget_carries_goes_out_as_one_digest(source: Source, target: Target, now: datetime) -> None:
    storm(source, now)
    sent = send(target, now)
    assert [delivery.kind for delivery in sent] == ["digest"]
    assert sent[0].carried.filter(state="merged", ended_at=now).count() == 40


def test_every_merged_delivery_names_its_digest_and_the_reason(source: Source, target: Target, now: datetime) -> None:
    storm(source, now)
    digest = send(target, now)[0]
    assert set(Delivery.objects.filter(kind="alert").values_list("carried_by", "reason")) == {(digest.pk, "in_digest")}


def test_the_digest_is_as_bad_as_the_worst_it_carries(source: Source, target: Target, now: datetime) -> None:
    storm(source, now, severity="warning")
    owed(source, now, alert(severity="critical"), group="bad")
    assert send(target, now)[0].severity == "critical"


def test_a_target_that_never_merges_sends_each(source: Source, target: Target, now: datetime) -> None:
    Target.objects.update(digest_after=0)
    storm(source, now)
    assert [delivery.kind for delivery in send_all(target, now)] == ["alert"] * 10


def test_without_a_budget_nothing_merges(source: Source, target: Target, now: datetime) -> None:
    Target.objects.update(rate_limit_calls=0)
    storm(source, now)
    assert {delivery.kind for delivery in send_all(target, now)} == {"alert"}


def test_a_storm_leaves_calls_for_what_comes_next(source: Source, target: Target, now: datetime) -> None:
    storm(source, now)
    send_all(target, now)
    assert len(Lane.objects.get().calls) == 1
    storm(source, after(now, seconds=1), name="CPUHigh")
    assert send(target, after(now, seconds=5)) == []
    assert [delivery.kind for delivery in send(target, after(now, seconds=6))] == ["digest"]


def test_the_second_half_of_the_budget_waits_a_moment_for_a_storm(
    source: Source, target: Target, now: datetime
) -> None:
    storm(source, now, groups=8)
    send_all(target, now)
    assert Delivery.objects.filter(state="delivered").count() == 5
    send_all(target, after(now, seconds=2))
    assert Delivery.objects.filter(state="delivered").count() == 8


def test_nothing_overtakes_what_a_digest_carries(source: Source, target: Target, now: datetime) -> None:
    storm(source, now)
    claimed = claim(target, now)
    owed(source, now, alert(status="resolved"), group="g0")
    record(claimed, now, outcome(now, Reason.CONNECT, Ending.NOT_SENT))
    later = after(now, seconds=20)
    assert [delivery.kind for delivery in send(target, later)] == ["digest"]
    assert [delivery.status for delivery in send(target, after(later, seconds=10))] == ["resolved"]


def test_of_one_group_only_one_digest_is_under_way(source: Source, now: datetime) -> None:
    target = factories.make_target(rate_limit_calls=10, rate_limit_seconds=60, text_limit=500)
    factories.make_rule(targets=[target])
    for number in range(60):
        owed(source, now, alert(f"ALongNameThatTakesSomeRoom{number}"))
    claimed = claim(target, now)
    assert [delivery.kind for delivery, _ in claimed.pairs] == ["digest"]
    assert try_claim(target, after(now, seconds=10)) is None


def test_a_digest_that_is_refused_gives_back_what_it_carried(source: Source, target: Target, now: datetime) -> None:
    storm(source, now)
    later = after(now, seconds=5)
    for moment, reason in ((now, Reason.TOO_LARGE), (now, Reason.TOO_LARGE), (later, None), (later, Reason.TOO_LARGE)):
        send(target, moment, reason)
        Lane.objects.update(paused_until=None)
    send(target, later, Reason.TOO_LARGE)
    assert Delivery.objects.get(kind="digest").state == "rejected"
    assert Delivery.objects.filter(kind="alert", state="waiting", carried_by=None).count() == 40


def test_after_a_refused_digest_nothing_is_merged_for_a_while(source: Source, target: Target, now: datetime) -> None:
    test_a_digest_that_is_refused_gives_back_what_it_carried(source, target, now)
    Lane.objects.update(paused_until=None)
    assert {delivery.kind for delivery in send(target, after(now, seconds=60))} == {"alert"}


def test_what_may_be_in_the_room_already_is_merged_and_named(source: Source, target: Target, now: datetime) -> None:
    first = owed(source, now)[0]
    send(target, now, Reason.TIMEOUT, Ending.UNKNOWN)
    later = after(now, seconds=70)
    storm(source, later)
    Lane.objects.update(failures=0)
    digest = send(target, later)[0]
    assert digest.carried.get(unknown_count=1).pk == first.pk


def test_a_late_firing_is_told_by_its_resolved(source: Source, target: Target, now: datetime) -> None:
    firing = owed(source, now)[0]
    resolved = owed(source, now, alert(status="resolved"))[0]
    later = after(now, seconds=31)
    assert [delivery.pk for delivery in send(target, later)] == [resolved.pk]
    firing.refresh_from_db()
    assert (firing.state, firing.reason, firing.carried_by_id, firing.ended_at) == (
        "merged", "with_resolved", resolved.pk, later,
    )  # fmt: skip


def test_a_firing_on_time_is_told_by_itself(source: Source, target: Target, now: datetime) -> None:
    owed(source, now)
    owed(source, now, alert(status="resolved"))
    assert [delivery.status for delivery in send_all(target, now)] == ["firing", "resolved"]


def test_a_firing_with_an_alert_that_still_burns_is_told_by_itself(
    source: Source, target: Target, now: datetime
) -> None:
    owed(source, now, alert("A"), alert("B"))
    owed(source, now, alert("A", status="resolved"), alert("B"))
    assert [delivery.status for delivery in send(target, after(now, minutes=5))] == ["firing"]


def test_the_budget_of_a_server_is_shared_by_its_rooms(source: Source, now: datetime) -> None:
    server = factories.make_server(rate_limit_calls=3)
    targets = [factories.make_rest_target(server, f"#room{number}") for number in range(2)]
    factories.make_rule(targets=targets)
    for number in range(2):
        owed(source, now, group=f"g{number}")
    sent = [len(send_all(target, now)) for target in targets]
    assert sent == [2, 1]
