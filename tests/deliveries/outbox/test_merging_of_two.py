"""Merging where two things meet: two rooms, two conversations, two digests, a message that may be there already."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from deliveries.models import Delivery, Lane
from deliveries.outbox import allowance, claiming, merging, queue
from routing.models import Source, Target
from tests import factories
from tests.deliveries.lanes import after, claim, send, send_all, try_claim
from tests.factories import alert, owed

pytestmark = pytest.mark.django_db
TEN_A_MINUTE: dict[str, Any] = {"rate_limit_calls": 10, "rate_limit_seconds": 60}


@pytest.fixture
def targets() -> tuple[Target, Target]:
    """Both are told of everything, by a hook and through a server."""
    both = (
        factories.make_target("a", **TEN_A_MINUTE),
        factories.make_rest_target(factories.make_server(rate_limit_calls=0), "#b", **TEN_A_MINUTE),
    )
    factories.make_rule(targets=both)
    return both


def storm(source: Source, now: datetime, groups: int = 12, status: str = "firing") -> None:
    for number in range(groups):
        owed(source, now, alert(status=status), group=f"g{number}")


def only(target: Target) -> Any:
    """What is owed to it."""
    return Delivery.objects.filter(target=target).order_by("id")


def test_a_storm_in_one_room_merges_nothing_of_another(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    storm(source, now)
    first, second = targets
    [digest] = send(first, now)
    assert digest.carried.count() == 12
    assert set(only(second).values_list("state", "carried_by")) == {("waiting", None)}


def test_what_waits_for_another_room_makes_no_storm_in_this_one(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    storm(source, now)
    only(targets[0]).exclude(pk__in=only(targets[0]).values("pk")[:2]).update(state="delivered", ended_at=now)
    assert [one.kind for one in send(targets[0], now)] == ["alert"] * 2


def is_storm(lane: Lane, now: datetime) -> bool:
    """As a claim asks it."""
    calls = claiming._calls(lane, allowance.of(lane, now), now, None)
    return calls is not None and queue.look(lane.pk, now, calls + 1).due > calls


def test_one_more_than_the_budget_carries_is_a_storm(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    target = targets[0]
    Target.objects.update(digest_after=20)
    lane = Lane.objects.create(target=target)
    seen = []
    for number in range(12):
        seen.append(is_storm(lane, now))
        owed(source, now, group=f"g{number}")
    assert seen == [False] * 11 + [True]


def test_two_are_merged_as_well_where_the_budget_carries_one(source: Source, now: datetime) -> None:
    target = factories.make_target(rate_limit_calls=1)
    factories.make_rule(targets=[target])
    storm(source, now, groups=2)
    [digest] = send(target, now)
    words = "More was owed to the room than its rate limit carries."
    assert set(digest.carried.values_list("state", "reason", "explanation")) == {("merged", "in_digest", words)}
    assert digest.carried.count() == 2


def test_without_a_budget_nobody_counts(
    targets: tuple[Target, Target], now: datetime, django_assert_num_queries: Any
) -> None:
    Target.objects.update(rate_limit_calls=0)
    lane = Lane.objects.create(target=Target.objects.get(pk=targets[0].pk))
    allowed = allowance.of(lane, now)
    with django_assert_num_queries(0):
        assert claiming._calls(lane, allowed, now, None) is None


@pytest.mark.parametrize(("seconds", "kind"), [(-1, "alert"), (0, "digest")])
def test_after_a_refused_digest_storms_merge_again_in_time(
    source: Source, targets: tuple[Target, Target], now: datetime, seconds: int, kind: str
) -> None:
    storm(source, now)
    Lane.objects.create(target=targets[0], no_digest_until=after(now, seconds=-seconds))
    assert {one.kind for one in send(targets[0], now)} == {kind}


def test_what_stands_behind_an_open_message_to_another_room_is_merged_all_the_same(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    """The other room is slower: all of the conversation is open there."""
    storm(source, now)
    send(targets[0], now)
    later = after(now, minutes=2)
    storm(source, later, status="resolved")
    [digest] = send(targets[0], later)
    assert (digest.status, digest.carried.count()) == ("resolved", 12)


def test_a_digest_of_both_fires_and_lives_as_long_as_the_longest_of_what_it_carries(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    storm(source, now)
    owed(source, now, alert("Other", status="resolved", severity="warning"), group="other")
    mine = only(targets[0])
    expiries = {number: after(now, hours=number + 1) for number in range(13)}
    for number, pk in enumerate(mine.values_list("pk", flat=True)):
        Delivery.objects.filter(pk=pk).update(expires_at=expiries[number])
    only(targets[1]).update(expires_at=after(now, days=9))
    [digest] = send(targets[0], now)
    assert (digest.status, digest.severity, digest.title) == ("firing", "critical", "Digest of 13 messages")
    assert (digest.expires_at, digest.created_at, digest.target_name) == (after(now, hours=13), now, "a")


def test_alerts_of_one_name_are_counted_by_what_became_of_them(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    both = alert("A", host="one"), alert("A", host="two")
    [firing, _] = owed(source, now, *both, alert("B"))
    [resolved, _] = owed(source, now, *(one | {"status": "resolved", "endsAt": "2026-11-23T10:01:00Z"} for one in both))
    assert merging._kinds({firing.pk, resolved.pk}) == {
        firing.pk: {("critical", "A"): (2, 0), ("critical", "B"): (1, 0)},
        resolved.pk: {("critical", "A"): (0, 2)},
    }


def test_what_needs_more_room_than_a_digest_goes_beside_it_by_itself(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    storm(source, now)
    [huge, _] = owed(source, now, *(alert(f"AlertWithALongName{number:04}") for number in range(1500)), group="huge")
    sent = send(targets[0], now)
    assert [(one.kind, one.pk == huge.pk) for one in sent] == [("digest", False), ("alert", True)]


def test_in_a_storm_a_test_message_and_the_digests_share_what_is_left_of_the_budget(
    source: Source, now: datetime
) -> None:
    target = factories.make_target(rate_limit_calls=10, rate_limit_seconds=60, text_limit=500)
    factories.make_rule(targets=[target])
    for number in range(40):
        owed(source, now, alert(f"ALongNameThatTakesSomeRoom{number:02}"), group=f"g{number}")
    Lane.objects.create(target=target, calls=[now.timestamp()] * 7)
    for _ in range(2):
        owed_test(target, now)
    assert [one.kind for one in send(target, now)] == ["test", "test", "digest"]


def test_more_test_messages_than_the_budget_allows_go_first_in_a_storm_and_no_digest_is_made(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    storm(source, now)
    target = targets[0]
    Lane.objects.create(target=target, calls=[now.timestamp()] * 8)
    for _ in range(3):
        owed_test(target, now)
    assert ([one.kind for one in send(target, now)], only(target).filter(kind="digest").count()) == (["test"] * 2, 0)


def owed_test(target: Target, now: datetime) -> None:
    Delivery.objects.create(
        kind="test",
        target=target,
        target_name=target.name,
        created_at=now,
        next_attempt_at=now,
        expires_at=after(now, days=1),
    )


def test_through_a_server_what_may_be_there_already_goes_by_itself_and_what_is_behind_it_waits(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    """Only under its own id it is not posted twice. What stands before it in its conversation goes first."""
    target = targets[1]
    storm(source, now)
    for status in ("firing", "resolved"):
        owed(source, now, alert("X", status=status), group="x")
        owed(source, now, alert("Y", status=status), group="y")
    x_firing, y_firing, x_resolved, y_resolved = only(target)[12:]
    Delivery.objects.filter(pk__in=(x_firing.pk, y_resolved.pk)).update(unknown_count=1)
    sent = send(target, now)
    assert [(one.kind, one.pk) for one in sent[:1]] == [("alert", x_firing.pk)]
    [digest] = sent[1:]
    merged = set(digest.carried.values_list("pk", flat=True))
    assert (len(merged), y_firing.pk in merged, {x_resolved.pk, y_resolved.pk} & merged) == (13, True, set())


def test_what_goes_by_itself_and_test_messages_share_what_is_left_of_the_budget(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    target = targets[1]
    storm(source, now)
    Delivery.objects.filter(pk=only(target).first().pk).update(unknown_count=1)
    Lane.objects.create(target=target, calls=[now.timestamp()] * 8)
    for _ in range(3):
        owed_test(target, now)
    assert [one.kind for one in send(target, now)] == ["alert", "test"]


# A late firing and its resolved.


def test_a_late_firing_is_told_by_the_resolved_of_its_own_room(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    """The first room hears of no resolved, and in the second only that waits still."""
    first, second = targets
    factories.make_rule("first", [first], position=1, sends_resolved=False, continues=True)
    factories.make_rule("second", [second], position=2)
    for status in ("firing", "resolved"):
        owed(source, now, alert(status=status))
    only(second).filter(status="firing").update(state="delivered", ended_at=now)
    assert [one.status for one in send(first, after(now, minutes=5))] == ["firing"]
    assert set(only(first).values_list("state", "carried_by")) == {("delivered", None)}


def test_beside_a_late_firing_one_that_is_on_time_is_told_by_itself(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    later = after(now, minutes=5)
    for name, moment in (("Late", now), ("Fresh", later)):
        for status in ("firing", "resolved"):
            owed(source, moment, alert(name, status=status), group=name)
    sent = [(one.title.partition(" ")[0], one.status) for one in send(targets[0], later)]
    assert sent == [("Fresh", "firing"), ("Late", "resolved")]


def test_what_was_told_already_stays_told_when_a_late_repeat_gives_way(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    target = targets[0]
    owed(source, now)
    send(target, now)
    owed(source, after(now, seconds=1), alert(), alert("Other"))
    owed(source, after(now, seconds=2), alert(status="resolved"), alert("Other", status="resolved"))
    [resolved] = send(target, after(now, minutes=5))
    states = list(only(target).values_list("state", "carried_by"))
    assert states == [("delivered", None), ("merged", resolved.pk), ("delivered", None)]


@pytest.mark.parametrize("doubt", [{"in_doubt": True}, {"unknown_count": 1}])
def test_a_late_firing_that_may_be_in_the_room_is_told_again_by_itself(
    source: Source, targets: tuple[Target, Target], now: datetime, doubt: dict[str, Any]
) -> None:
    for status in ("firing", "resolved"):
        owed(source, now, alert(status=status))
    Delivery.objects.filter(status="firing").update(**doubt)
    assert [one.status for one in send(targets[0], after(now, minutes=5))] == ["firing"]


@pytest.mark.parametrize(
    ("digest_after", "seconds", "statuses"),
    [(30, 29, ["firing"]), (30, 30, ["resolved"]), (90, 60, ["firing"]), (0, 29, ["firing"]), (0, 30, ["resolved"])],
)
def test_late_is_what_is_older_than_the_delay_a_target_allows(
    source: Source, targets: tuple[Target, Target], now: datetime, digest_after: int, seconds: int, statuses: list[str]
) -> None:
    Target.objects.update(digest_after=digest_after)
    for status in ("firing", "resolved"):
        owed(source, now, alert(status=status))
    assert [one.status for one in send(targets[0], after(now, seconds=seconds))] == statuses


def test_where_no_resolved_waits_late_firings_cost_one_look(
    source: Source, targets: tuple[Target, Target], now: datetime, django_assert_num_queries: Any
) -> None:
    for number in range(2):
        owed(source, now, group=f"g{number}")
    late = list(only(targets[0]))
    with django_assert_num_queries(1):
        assert merging.with_their_resolved(targets[0], late, after(now, minutes=5)) == late


def test_of_two_late_firings_only_the_one_with_a_resolved_gives_way(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    owed(source, now, group="burns")
    for status in ("firing", "resolved"):
        owed(source, now, alert(status=status), group="over")
    later = after(now, minutes=5)
    Delivery.objects.filter(status="resolved").update(next_attempt_at=later)
    sent = send(targets[0], later)
    assert [one.status for one in sent] == ["firing", "resolved"]
    [firing] = only(targets[0]).filter(state="merged")
    assert (firing.carried_by_id, firing.reason, firing.ended_at) == (sent[1].pk, "with_resolved", later)
    assert firing.explanation == "It was late and its resolved waited already: one message tells both."
    assert (len(send_all(targets[0], later)), try_claim(targets[0], later)) == (0, None)
    assert len(claim(targets[1], later).pairs) == 2
