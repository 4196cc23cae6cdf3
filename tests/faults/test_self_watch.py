"""What the fault catalogue wants told of AlertHub's own troubles ("SA"): through another target, throttled, never in a loop."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from alerthub.sandbox import Sandbox
from deliveries.models import Delivery, Lane, Trouble
from deliveries.wake import pump
from deliveries.watch import ping, watch
from routing.models import IngestToken, Source, Target
from tests import factories
from tests.deliveries.peers import answering, peer
from tests.factories import alert, payload
from tests.faults.road import Road, http, post, refusal

pytestmark = pytest.mark.django_db
Look = Callable[[float], list[str]]


@pytest.fixture
def look(now: datetime) -> Look:
    """Looks so many seconds after the beginning; what was told until then, the oldest first."""

    def at(seconds: float) -> list[str]:
        watch.look(now + timedelta(seconds=seconds))
        return list(Delivery.objects.filter(kind="notice").order_by("id").values_list("note", flat=True))

    return at


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch, now: datetime) -> Callable[[float], None]:
    """Sets the door's clock, in seconds after the beginning."""
    return lambda seconds: monkeypatch.setattr(timezone, "now", lambda: now + timedelta(seconds=seconds))


@pytest.fixture
def admins() -> Target:
    return factories.make_target("admins", hears_troubles=True)


def goes_on_failing(road: Road, **lane: Any) -> None:
    """The lane of the road's target, after some more failures like the last one."""
    Lane.objects.filter(target=road.targets[0]).update(**lane)


def test_row_03_a_login_page_instead_of_rocketchat_is_told(road: Road, admins: Target, look: Look) -> None:
    with peer(answering(http("200 OK", b"<html>Sign in</html>"))) as login_page:
        road.send(login_page.url())
    goes_on_failing(road, opened_at=road.now)
    [told] = look(61)
    assert "room 0 fail one after the other. The server answered 200, but not as Rocket.Chat does" in told


def test_row_19_a_disabled_integration_is_told_with_what_to_do(road: Road, admins: Target, look: Look) -> None:
    with peer(answering(refusal("503 Service Unavailable", "Service Unavailable"))) as chat:
        road.send(chat.url())
    goes_on_failing(road, broken_at=road.now, broken_reason=road.fate()[1])
    [told] = look(1)
    assert "Rocket.Chat says the integration is disabled (503)." in told
    assert "Enable the incoming integration in Rocket.Chat." in told


def test_row_69_a_source_that_posts_too_much_is_told(
    source: Source, told: Target, admins: Target, look: Look, clock: Callable[[float], None], settings: Any
) -> None:
    clock(0)
    settings.INGEST_MAX_BYTES = 1024
    assert post(b"x" * 2000).status_code == 413
    [said] = look(1)
    assert "Requests of prod are refused (413 too_large); Alertmanager never sends them again." in said
    assert "ALERTHUB_INGEST_MAX_BYTES" in said


def test_row_80_and_81_what_is_odd_but_was_delivered_is_flagged_and_disturbs_nobody(
    source: Source, told: Target, admins: Target, look: Look, clock: Callable[[float], None]
) -> None:
    clock(0)
    assert post(payload(alert() | {"status": "flapping"}, version="5")).status_code == 202
    assert look(1) == []


def test_row_81_a_version_that_cannot_be_read_is_told(
    source: Source, told: Target, admins: Target, look: Look, clock: Callable[[float], None]
) -> None:
    clock(0)
    assert post([payload(alert())]).status_code == 400
    [said] = look(1)
    assert "Requests of prod are refused (400" in said


def test_row_89_wrong_tokens_are_told_once_in_a_while(
    source: Source, told: Target, admins: Target, look: Look, clock: Callable[[float], None]
) -> None:
    for minute in range(14):
        clock(minute * 60)
        post(payload(alert()), token="wrong")
        look(minute * 60 + 1)
    first_lines = [text.splitlines()[0] for text in look(13 * 60 + 601)]
    assert first_lines == ["Requests refused: 127.0.0.1", "Over: requests refused: 127.0.0.1"]


def test_row_104_a_token_rotated_without_overlap_is_told_within_a_minute_with_the_source(
    source: Source, told: Target, admins: Target, look: Look, clock: Callable[[float], None]
) -> None:
    clock(0)
    assert post(payload(alert())).status_code == 202
    IngestToken.objects.all().delete()
    clock(30)
    assert post(payload(alert("Other"))).status_code == 401
    [said] = look(35)
    assert "It was last accepted as source prod: was the token changed?" in said


@pytest.fixture
def pings(settings: Any, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    seen: list[str] = []
    settings.PING_URL = "https://hc.example/5f0c0ffee"
    monkeypatch.setattr(ping, "send_soon", lambda url, *_: seen.append(url))
    return seen


def test_row_109_the_only_listener_that_is_down_is_told_nothing_and_the_ping_stops(
    now: datetime, look: Look, pings: list[str]
) -> None:
    listener = factories.make_target("admins", hears_troubles=True)
    pump.beat("gone:1", now)
    Lane.objects.create(target=listener, broken_at=now, broken_reason="not_found")
    for minute in range(0, 24 * 60, 10):
        assert look(minute * 60 + 61) == []
    assert {(row.kind, row.subject, row.told_at) for row in Trouble.objects.all()} == {
        ("target", "admins", None),
        ("worker", "gone:1", None),
    }
    assert pings == []


def test_row_109_notices_that_are_stuck_make_no_new_ones(
    road: Road, sandbox: Sandbox, look: Look, now: datetime
) -> None:
    hook = sandbox.hook("#admins")
    hook.fail("status", status=500)
    listener = road.to(hook.url, hears_troubles=True)
    pump.beat("gone:1", now)
    [_] = look(61)
    for minute in range(2, 60):
        road.drain(after=minute * 60, target=listener)
        assert len(look(minute * 60 + 5)) == 1


def test_row_109_a_second_listener_hears_of_the_first(now: datetime, admins: Target, look: Look) -> None:
    other = factories.make_target("second", hears_troubles=True)
    Lane.objects.create(target=admins, broken_at=now, broken_reason="not_found")
    look(1)
    assert [delivery.target_name for delivery in Delivery.objects.all()] == [other.name]
