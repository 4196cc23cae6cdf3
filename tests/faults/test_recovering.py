"""One answer is no verdict: a room that answers badly for a while and then well has everything soon after.

The clock moves second by second, as the pump of a worker looks; what answers is the sandbox.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from alerthub.sandbox import Endpoint, Sandbox
from deliveries.models import Attempt, Delivery, Lane
from routing.models import Target
from tests import factories
from tests.factories import alert
from tests.faults.road import Road

pytestmark = pytest.mark.django_db

ANSWERS: dict[str, dict[str, Any]] = {
    "503 disabled": {"kind": "disabled"},
    "401": {"kind": "status", "status": 401, "error": "You must be logged in to do this."},
    "403": {"kind": "status", "status": 403},
    "404": {"kind": "status", "status": 404, "error": "Invalid integration id or token provided."},
    "410": {"kind": "status", "status": 410},
    "402 of a proxy": {"kind": "status", "status": 402},
    "a redirect": {"kind": "redirect"},
    "a login page": {"kind": "html"},
    "an archived room": {"kind": "status", "status": 400, "error": "error-room-archived"},
    "totp-required": {"kind": "status", "status": 400, "error": "totp-required"},
    "a bot that is not activated": {"kind": "status", "status": 400, "error": "error-user-is-not-activated"},
    "a restricted workspace": {"kind": "success_false", "error": "restricted-workspace"},
    "everything is too large": {"kind": "status", "status": 413},
}


LIMIT = {"rate_limit_calls": 10, "rate_limit_seconds": 60}


@pytest.fixture
def hook(road: Road, sandbox: Sandbox) -> Endpoint:
    """What the road's one target answers with; it has Rocket.Chat's usual limit."""
    hook = sandbox.hook("#ops")
    road.to(hook.url, **LIMIT)
    return hook


@pytest.fixture
def rest(road: Road, sandbox: Sandbox) -> Endpoint:
    """The same through a server, which is asked for the room first."""
    server = factories.server_of(sandbox, rate_limit_calls=0)
    sandbox.room("#ops")
    target = factories.make_rest_target(server, "#ops", **LIMIT)
    factories.make_rule(targets=[target])
    road.targets.append(target)
    return sandbox.rest


def untold() -> list[str]:
    """The alerts that nothing in the room tells of yet."""
    return [str(one) for one in Delivery.objects.filter(kind="alert", ended_at=None)]


def told(sandbox: Sandbox) -> list[str]:
    """What the room was told, without AlertHub's own line."""
    return [message.text for message in sandbox.messages("#ops") if "*AlertHub*" not in message.text]


def answers_badly(road: Road, chat: Endpoint, answer: str, alerts: int) -> None:
    """For 40 seconds; then it takes everything for 30."""
    chat.fail(**ANSWERS[answer])
    for number in range(alerts):
        road.owe(alert(f"Disk{number}"), group=f"g{number}")
    road.work(0, 40)
    assert Attempt.objects.exclude(reason="put_back").count() <= 10
    chat.clear()
    road.work(41, 70)


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_room_that_answers_badly_for_40_s_has_its_message_30_s_later(
    road: Road, sandbox: Sandbox, hook: Endpoint, answer: str
) -> None:
    answers_badly(road, hook, answer, alerts=1)
    assert (untold(), len(told(sandbox))) == ([], 1)


@pytest.mark.parametrize("answer", ["401", "a login page", "totp-required", "everything is too large"])
def test_so_has_a_room_behind_a_server(road: Road, sandbox: Sandbox, rest: Endpoint, answer: str) -> None:
    answers_badly(road, rest, answer, alerts=1)
    assert (untold(), len(told(sandbox))) == ([], 1)


@pytest.mark.parametrize("answer", ["503 disabled", "totp-required"])
def test_a_whole_storm_that_waited_for_it_is_told_as_soon(
    road: Road, sandbox: Sandbox, hook: Endpoint, answer: str
) -> None:
    answers_badly(road, hook, answer, alerts=40)
    ended = set(Delivery.objects.filter(kind="alert").values_list("state", flat=True))
    assert (untold(), ended - {"delivered", "merged"}, len(told(sandbox)) < 10) == ([], set(), True)


@pytest.mark.parametrize(
    ("chat", "answer"), [("hook", "403"), ("hook", "totp-required"), ("rest", "a bot that is not activated")]
)
def test_a_room_that_answers_badly_for_hours_is_asked_rarely_and_told_in_order_after_that(
    road: Road, sandbox: Sandbox, request: pytest.FixtureRequest, chat: str, answer: str
) -> None:
    endpoint: Endpoint = request.getfixturevalue(chat)
    endpoint.fail(**ANSWERS[answer])
    road.owe(alert(severity="warning"))
    road.work(0, 61)
    road.owe(alert(severity="warning", status="resolved"), after=62)
    for quarter in range(1, 30):
        road.work(quarter * 900, quarter * 900 + 1)
    states = set(Delivery.objects.values_list("state", flat=True))
    assert (road.lane().broken_at, states, Attempt.objects.count() < 45) == (road.now, {"held"}, True)
    endpoint.clear()
    road.work(30 * 900, 30 * 900 + 5)
    # By then its resolved may tell the firing too: it is told last, and nothing after it.
    resolved = ["RESOLVED" in text for text in told(sandbox)]
    assert (resolved in ([False, True], [True]), untold()) == (True, [])


def test_a_single_503_of_an_overloaded_server_delays_everything_by_five_seconds(road: Road, hook: Endpoint) -> None:
    hook.fail("disabled", times=1)
    for number in range(10):
        road.owe(alert(f"Disk{number}"), group=f"g{number}")
    road.work(0, 12)
    assert untold() == []


def test_a_target_of_another_room_is_not_delayed(road: Road, sandbox: Sandbox, hook: Endpoint) -> None:
    hook.fail("status", status=403)
    well = road.to(sandbox.hook("#well").url)
    road.owe()
    road.work(0, 0)
    ended = Delivery.objects.filter(target=well).values_list("state", flat=True)
    assert list(ended) == ["delivered"]
    assert Delivery.objects.get(target=Target.objects.earliest("pk")).state == "waiting"
    assert road.now + timedelta(seconds=5) == Lane.objects.get(target__deliveries__state="waiting").probe_at
