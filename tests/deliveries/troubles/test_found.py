"""What counts as trouble, and since when: targets, lateness, workers, refused and unread requests."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from deliveries import troubles
from deliveries.troubles import Finding, Refusal, Seen, Stuck, TargetSeen, TroubleKind, Unread, WorkerSeen
from tests.conftest import NOW

pytestmark = pytest.mark.anywhere


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def of_target(**fields: Any) -> list[tuple[TroubleKind, str]]:
    return list(troubles.found(Seen(NOW, targets=[TargetSeen(1, "ops", **fields)])))


def one(**seen: Any) -> Finding:
    [finding] = troubles.found(Seen(NOW, **seen)).values()
    return finding


def refusal(source: str = "", sender: str = "10.0.0.5 Alertmanager", **fields: Any) -> Refusal:
    return replace(Refusal(source, sender, 401, "unknown_token", first_at=ago(5), last_at=ago(1)), **fields)


def worker(name: str, started: float, seen: float) -> WorkerSeen:
    return WorkerSeen(name, ago(started), ago(seen))


@pytest.mark.parametrize(
    ("fields", "kinds"),
    [
        pytest.param({}, [], id="healthy"),
        pytest.param({"broken_at": ago(1), "broken_reason": "not_found"}, [TroubleKind.TARGET], id="broken"),
        pytest.param({"opened_at": ago(60)}, [], id="open for a minute"),
        pytest.param({"opened_at": ago(61)}, [TroubleKind.TARGET], id="open for longer"),
        pytest.param(
            {"opened_at": ago(61), "broken_at": ago(30), "broken_reason": "gone"}, [TroubleKind.TARGET], id="both"
        ),
        pytest.param({"enabled": False, "broken_at": ago(900), "broken_reason": "disabled_here"}, [], id="disabled"),
        pytest.param({"enabled": False, "oldest_held": ago(300)}, [], id="disabled, holding for 5 minutes"),
        pytest.param(
            {"enabled": False, "oldest_held": ago(301)}, [TroubleKind.TARGET], id="disabled, holding for longer"
        ),
        pytest.param({"broken_at": ago(900), "broken_reason": "disabled_here"}, [], id="enabled again a moment ago"),
        pytest.param(
            {"broken_at": ago(1), "broken_reason": "disabled"}, [TroubleKind.TARGET], id="disabled by Rocket.Chat"
        ),
    ],
)
def test_a_target_is_unhealthy(fields: dict[str, Any], kinds: list[TroubleKind]) -> None:
    assert of_target(**fields) == [(kind, "ops") for kind in kinds]


@pytest.mark.parametrize(
    ("fields", "late"),
    [
        pytest.param({"oldest_due": ago(300)}, False, id="at the limit"),
        pytest.param({"oldest_due": ago(301)}, True, id="over the limit"),
        pytest.param({"oldest_due": ago(301), "period": 60}, True, id="a rate limit that explains less"),
        pytest.param({"oldest_due": ago(1200), "period": 600}, False, id="two periods of the rate limit"),
        pytest.param({"oldest_due": ago(1201), "period": 600}, True, id="more than two periods"),
        pytest.param({"oldest_held": ago(301)}, True, id="held for a person though the target works"),
        pytest.param({"oldest_due": ago(900), "opened_at": ago(30)}, False, id="its circuit just opened"),
        pytest.param({"oldest_due": ago(900), "enabled": False}, False, id="disabled"),
    ],
)
def test_a_healthy_target_is_late(fields: dict[str, Any], late: bool) -> None:
    assert of_target(**fields) == ([(TroubleKind.LATE, "ops")] if late else [])


def test_an_unhealthy_target_is_not_late_as_well() -> None:
    fields = {"broken_at": ago(900), "broken_reason": "gone", "oldest_due": ago(900), "oldest_held": ago(900)}
    assert of_target(**fields) == [(TroubleKind.TARGET, "ops")]


@pytest.mark.parametrize(
    "since",
    [
        pytest.param({"workers": [worker("a:1", started=100, seen=1)]}, id="the only worker has just started"),
        pytest.param({"mended_at": {1: ago(100)}}, id="the target has just been mended"),
    ],
)
def test_late_counts_from_when_it_could_have_been_sent(since: dict[str, Any]) -> None:
    assert troubles.found(Seen(NOW, targets=[TargetSeen(1, "ops", oldest_due=ago(9000))], **since)) == {}


def test_a_worker_that_runs_for_long_has_no_excuse() -> None:
    workers = [worker("a:1", started=900, seen=1), worker("a:2", started=10, seen=1)]
    seen = Seen(NOW, targets=[TargetSeen(1, "ops", oldest_due=ago(800))], workers=workers)
    assert list(troubles.found(seen)) == [(TroubleKind.LATE, "ops")]


def test_a_broken_target_is_told_with_what_to_do() -> None:
    target = TargetSeen(1, "ops", broken_at=ago(1), broken_reason="not_found", last_error="Webhook not found (404).")
    finding = one(targets=[target])
    assert "Webhook not found (404)." in finding.what
    assert "copy its webhook URL" in finding.advice
    assert (finding.page, finding.about) == ("/admin/routing/target/1/change/", 1)


def test_a_broken_target_without_an_error_is_told_with_its_reason() -> None:
    assert one(targets=[TargetSeen(1, "ops", broken_at=NOW, broken_reason="gone")]).what.endswith("gone for good.")


def test_a_long_error_is_cut() -> None:
    assert len(one(targets=[TargetSeen(1, "ops", opened_at=ago(61), last_error="x" * 999)]).what) < 300


def test_a_reason_of_a_version_that_is_gone_is_told_as_it_is() -> None:
    assert "Out of order." in one(targets=[TargetSeen(1, "ops", broken_at=NOW, broken_reason="out_of_order")]).what


def test_a_disabled_target_is_told_daily_and_stops_no_ping() -> None:
    finding = one(targets=[TargetSeen(1, "ops", enabled=False, oldest_held=ago(3600))])
    assert (finding.again_after, finding.stops_ping, finding.severity) == (timedelta(days=1), False, "warning")


@pytest.mark.parametrize(
    ("workers", "missing"),
    [
        pytest.param([worker("a:1", 900, 60)], [], id="seen a minute ago"),
        pytest.param([worker("a:1", 900, 61)], ["a:1"], id="not seen for longer"),
        pytest.param([worker("a:1", 900, 61), worker("a:2", 60, 1)], [], id="replaced on the same host"),
        pytest.param([worker("a:1", 900, 61), worker("b:2", 60, 1)], ["a:1"], id="another host"),
        pytest.param([worker("a:1", 900, 61), worker("a:2", 800, 1)], ["a:1"], id="the other ran before"),
        pytest.param([worker("a:1", 900, 70), worker("a:2", 900, 65), worker("a:3", 60, 1)], ["a:1"], id="one for two"),
        pytest.param(
            [worker("a:1", 900, 400), worker("a:2", 900, 65), worker("a:3", 390, 1), worker("a:4", 60, 1)],
            [],
            id="each has its own",
        ),
    ],
)
def test_a_worker_is_missing(workers: list[WorkerSeen], missing: list[str]) -> None:
    assert [subject for _, subject in troubles.found(Seen(NOW, workers=workers))] == missing


def test_a_source_that_is_refused_is_named() -> None:
    finding = one(refusals=[refusal("prod", status=413, reason="too_large"), refusal("prod", first_at=ago(90))])
    assert (finding.subject, finding.since) == ("prod", ago(90))


def test_a_sender_without_a_token_is_named_with_the_source_it_was() -> None:
    finding = one(refusals=[refusal()], accepted_as={"10.0.0.5 Alertmanager": ["prod"]})
    assert finding.subject == "10.0.0.5 Alertmanager"
    assert "last accepted as source prod: was the token changed?" in finding.advice


@pytest.mark.parametrize(
    ("status", "advice"), [(401, "Make a token"), (413, "ALERTHUB_INGEST_MAX_BYTES"), (400, "rejected request"), (415, "rejected request")]
)  # fmt: skip
def test_what_to_do_depends_on_the_refusal(status: int, advice: str) -> None:
    assert advice in one(refusals=[refusal("prod", status=status)]).advice


@pytest.mark.parametrize("status", [401, 404, 405])
@pytest.mark.parametrize(("reason", "advice"), [("wrong_address", "/webhook"), ("unreadable", "proxy")])
def test_what_never_reached_the_door_needs_another_advice(status: int, reason: str, advice: str) -> None:
    assert advice in one(refusals=[refusal("prod", status=status, reason=reason)]).advice


def test_who_varies_its_name_does_not_flood_the_room() -> None:
    refusals = [refusal(sender=f"10.0.0.{number} x", first_at=ago(500 - number)) for number in range(200)]
    subjects = [subject for _, subject in troubles.found(Seen(NOW, refusals=refusals))]
    assert (len(subjects), subjects[0], subjects[-1]) == (21, "10.0.0.0 x", "other senders")


@pytest.mark.parametrize(("seconds", "found"), [(90, []), (91, ["prod"])])
def test_what_could_not_be_read_is_trouble_when_reading_it_again_failed(seconds: float, found: list[str]) -> None:
    unread = [Unread("prod", 3, ago(seconds))]
    assert [subject for _, subject in troubles.found(Seen(NOW, unread=unread))] == found


@pytest.mark.parametrize(("seconds", "found"), [(60, []), (61, ["prod"])])
def test_what_was_kept_back_is_trouble_when_it_cannot_be_told_for_a_minute(seconds: float, found: list[str]) -> None:
    stuck = [Stuck("prod", 3, ago(seconds))]
    assert [subject for _, subject in troubles.found(Seen(NOW, stuck=stuck))] == found


def deaf(name: str, seconds: float, *, away: bool = False) -> WorkerSeen:
    return WorkerSeen(name, ago(900), NOW, ago(seconds), broker_is_away=away)


@pytest.mark.parametrize(
    ("workers", "subjects"),
    [
        pytest.param([deaf("a:1", 60)], [], id="for a minute"),
        pytest.param([deaf("a:1", 61)], ["a:1"], id="for longer"),
        pytest.param([deaf("a:1", 61), deaf("a:2", 90)], ["a:1", "a:2"], id="each by its name"),
        pytest.param([deaf("a:1", 60, away=True)], [], id="away for a minute"),
        pytest.param([deaf("a:1", 61, away=True), deaf("a:2", 90, away=True)], ["broker"], id="one broker for all"),
        pytest.param([deaf("a:1", 61), deaf("a:2", 90, away=True)], ["a:1", "broker"], id="both"),
        pytest.param([deaf("a:1", 61), deaf("a:2", 30, away=True)], ["a:1"], id="away only lately"),
    ],
)
def test_hints_are_not_read(workers: list[WorkerSeen], subjects: list[str]) -> None:
    findings = troubles.found(Seen(NOW, workers=workers)).values()
    assert [(each.kind.value, each.subject, each.stops_ping) for each in findings] == [
        ("hints", subject, False) for subject in subjects
    ]


def test_the_broker_is_away_since_the_first_worker_found_it_so() -> None:
    assert one(workers=[deaf("a:1", 61, away=True), deaf("a:2", 90, away=True)]).since == ago(90)


@pytest.mark.parametrize(
    "seen",
    [
        {"targets": [TargetSeen(1, "ops", opened_at=ago(61), last_error="Cannot connect.")]},
        {"targets": [TargetSeen(1, "ops", oldest_due=ago(900))]},
        {"targets": [TargetSeen(1, "ops", oldest_due=ago(900), paused_until=ago(-5))]},
        {"workers": [worker("a:1", 900, 61), worker("a:2", 900, 1)]},
        {"refusals": [refusal("prod")]},
        {"unread": [Unread("prod", 1, ago(900))]},
        {"stuck": [Stuck("prod", 1, ago(900))]},
        {"workers": [WorkerSeen("a:1", ago(900), NOW, ago(61))]},
        {"workers": [WorkerSeen("a:1", ago(900), NOW, ago(61), broker_is_away=True)]},
    ],
    ids=["unreachable", "late", "paused", "worker", "refused", "unread", "stuck", "hints", "broker"],
)
def test_every_trouble_says_what_and_what_to_do_in_whole_sentences(seen: dict[str, Any]) -> None:
    finding = one(**seen)
    assert [text[-1] for text in (finding.what, finding.advice)] == [".", "."]
    assert finding.page.startswith("/admin/")
