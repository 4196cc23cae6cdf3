"""What was kept back is told with what ended and since when it fires: the room may never have heard of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from deliveries import outbox
from deliveries.accept import ended, ingest, plan, waking
from deliveries.models import Delivery, Lane, Notification
from deliveries.send import stories
from routing.models import Rule, Silence, Source, Target
from tests import factories
from tests.factories import alert, owed

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
# Far ahead: of what is long over by the clock of the machine the rulebook knows nothing.
NOON = datetime(2096, 11, 25, 12, 0, tzinfo=UTC)
STARTED = "2096-11-25T09:02:00Z"


@pytest.fixture
def target() -> Target:
    return factories.make_target()


@pytest.fixture
def rule(target: Target) -> Rule:
    return factories.make_rule("all", targets=[target])


def notes() -> list[str]:
    return list(Delivery.objects.order_by("id").values_list("note", flat=True))


def silenced(source: Source, name: str = "DiskFull", hours: float = 1, **fields: Any) -> Silence:
    silence = factories.make_silence(f"alertname={name}", NOON, hours=hours, **fields)
    owed(source, NOON, alert(name, starts_at=STARTED), group=name)
    return silence


@pytest.mark.usefixtures("rule")
def test_a_silence_that_ended_is_named(source: Source) -> None:
    silence = silenced(source)
    waking.wake(NOON + 2 * HOUR)
    assert notes() == [f"Silence {silence} of ann (New disks) ended; still firing since 09:02 UTC."]


@pytest.mark.usefixtures("rule")
def test_of_two_the_one_that_ended_last_is_named(source: Source) -> None:
    last = factories.make_silence("team=db", NOON, hours=1.5, author="bob")
    factories.make_silence("team=web", NOON, hours=1.8)
    factories.make_silence("alertname=DiskFull", NOON)
    owed(source, NOON, alert(team="db", starts_at=STARTED))
    waking.wake(NOON + 2 * HOUR)
    assert notes()[0].startswith(f"Silence {last} of bob (New disks) ended;")


@pytest.mark.usefixtures("rule")
def test_a_silence_that_somebody_ended_is_named_too(source: Source) -> None:
    silence = silenced(source, hours=9)
    silence.ends_at = NOON + HOUR
    silence.save()
    waking.wake(NOON + 2 * HOUR, about_all=True)
    assert notes()[0].startswith(f"Silence {silence} of ann (New disks) ended;")


@pytest.mark.usefixtures("rule")
def test_a_silence_that_covers_it_no_more_ended_nothing(source: Source) -> None:
    silence = silenced(source, hours=9)
    silence.matchers = "alertname=Other"
    silence.save()
    waking.wake(NOON + HOUR, about_all=True)
    assert notes() == ["No silence covers it any more; still firing since 09:02 UTC."]


@pytest.mark.usefixtures("rule")
def test_of_several_alerts_the_first_start_is_told(source: Source) -> None:
    silence = factories.make_silence("alertname=DiskFull", NOON)
    earlier = alert("DiskFull", instance="a", starts_at="2096-11-24T07:30:00Z")
    owed(source, NOON, earlier, alert("DiskFull", instance="b", starts_at=STARTED))
    waking.wake(NOON + 2 * HOUR)
    expected = f"Silence {silence} of ann (New disks) ended; still firing, the first since 24 Nov 07:30 UTC."
    assert notes() == [expected]


@pytest.mark.usefixtures("rule")
def test_what_is_told_at_once_has_no_note(source: Source) -> None:
    owed(source, NOON)
    assert notes() == [""]


@pytest.mark.usefixtures("rule")
def test_an_end_that_is_told_late_has_no_note(source: Source) -> None:
    owed(source, NOON)
    factories.make_silence("alertname=DiskFull", NOON)
    owed(source, NOON, alert(status="resolved", ends_at=f"{NOON:%Y-%m-%dT%H:%M:%SZ}"))
    waking.wake(NOON + 2 * HOUR)
    assert notes() == ["", ""]


def test_a_window_that_ended_is_named(source: Source, rule: Rule) -> None:
    rule.muted_windows.add(factories.make_window("lunch", times="12:00-13:00"))
    owed(source, NOON, alert(starts_at=STARTED))
    waking.wake(NOON + HOUR)
    assert notes() == ['Window "lunch" ended; still firing since 09:02 UTC.']


def test_a_window_that_began_is_named(source: Source, rule: Rule) -> None:
    rule.active_windows.add(factories.make_window("evening", times="18:00-22:00"))
    owed(source, NOON, alert(starts_at=STARTED))
    waking.wake(NOON + 6 * HOUR)
    assert notes() == ['Window "evening" began; still firing since 09:02 UTC.']


def test_a_rule_whose_window_was_taken_away_is_silent_no_more(source: Source, rule: Rule) -> None:
    rule.muted_windows.add(factories.make_window("lunch", times="12:00-13:00"))
    owed(source, NOON, alert(starts_at=STARTED))
    rule.muted_windows.clear()
    waking.wake(NOON + HOUR / 2, about_all=True)
    assert notes() == ['Rule "all" is silent no more; still firing since 09:02 UTC.']


def test_two_causes_are_both_named() -> None:
    causes = [f"Window {number} ended" for number in (1, 2)]
    assert "more" not in ended.note(causes, [], NOON)


def test_many_causes_are_counted() -> None:
    causes = [f"Silence S-{number} of ann ended" for number in (1, 2, 2, 3, 4)]
    assert (
        ended.note(causes, [], NOON) == "Silence S-1 of ann ended; Silence S-2 of ann ended; and 2 more; still firing."
    )


@pytest.mark.usefixtures("rule")
def test_the_message_says_it_without_markup_of_theirs(source: Source, target: Target) -> None:
    silence = silenced(source, comment="see [x](http://evil.example) @all\nsoon")
    waking.wake(NOON + 2 * HOUR)
    body = stories.body_of(Delivery.objects.get(), target, NOON + 2 * HOUR)
    first = body["attachments"][0]["text"].splitlines()[0].strip()
    assert first == (
        f"Silence {silence} of ann (see `[x](http://evil.example)` @\u2060all soon) ended; still firing since 09:02 UTC."
    )


@pytest.fixture
def stand_in(rule: Rule, target: Target) -> Target:
    """What the target owes for long goes there, too."""
    Lane.objects.create(target=target, broken_at=NOON, broken_reason="forbidden", refusals=3)
    target.fallback_target, target.fallback_after = factories.make_target("stand-in"), 60
    target.save()
    return target.fallback_target


def test_a_stand_in_is_told_of_it_as_well(source: Source, stand_in: Target) -> None:
    silence = silenced(source)
    waking.wake(NOON + 2 * HOUR)
    assert outbox.owe_to_stand_ins(NOON + 3 * HOUR) == {stand_in.pk}
    note = Delivery.objects.get(target=stand_in).note
    assert note.startswith("Meant for ops, ")
    assert note.endswith(f". Silence {silence} of ann (New disks) ended; still firing since 09:02 UTC.")


def test_a_copy_of_it_is_not_copied_again(source: Source, stand_in: Target, target: Target) -> None:
    Lane.objects.create(target=stand_in, broken_at=NOON, broken_reason="forbidden", refusals=3)
    stand_in.fallback_target, stand_in.fallback_after = target, 60
    stand_in.save()
    silenced(source)
    waking.wake(NOON + 2 * HOUR)
    for minutes in (0, 1):
        outbox.owe_to_stand_ins(NOON + 3 * HOUR + timedelta(minutes=minutes))
    assert Delivery.objects.count() == 2


@pytest.mark.usefixtures("rule")
def test_what_a_person_sends_again_says_that_instead(source: Source) -> None:
    silenced(source)
    waking.wake(NOON + 2 * HOUR)
    Delivery.objects.update(state="rejected", ended_at=NOON + 2 * HOUR)
    again = outbox.send_again([Delivery.objects.get().pk], who="ann", now=NOON + 3 * HOUR)
    assert [Delivery.objects.get(pk=pk).note for pk in again.again.values()] == [""]


@pytest.mark.usefixtures("rule")
@pytest.mark.parametrize(
    ("later", "note"), [(HOUR, "It came at 12:00 UTC and could not be routed until now."), (HOUR / 120, "")]
)
def test_what_could_not_be_routed_for_long_says_so(
    source: Source, monkeypatch: pytest.MonkeyPatch, later: timedelta, note: str
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(plan, "plan", lambda *_: 1 / 0)
        owed(source, NOON)
    ingest.reread(Notification.objects.get(), NOON + later)
    assert notes() == [note]
