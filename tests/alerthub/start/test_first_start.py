"""The first start makes what the environment says; the second changes nothing people edited."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError

from alerthub.sandbox import default_account
from alerthub.start import first_start
from deliveries import outbox
from deliveries.models import Delivery, Occurrence
from routing.models import ApiToken, IngestToken, RocketChatServer, Rule, Source, Target
from tests.factories import alert, owed

pytestmark = pytest.mark.django_db
HOOKS = {severity: f"http://127.0.0.1:9/hooks/{severity}/sandboxtoken" for severity in first_start.SEVERITIES}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    for severity in first_start.SEVERITIES:
        monkeypatch.delenv(f"ROCKETCHAT_{severity.upper()}_URL", raising=False)
    for name in (
        "ALERTMANAGER_TOKEN",
        "ALERTHUB_API_TOKEN",
        "ALERTHUB_ADMIN_PASSWORD",
        "ROCKETCHAT_RATE_LIMIT",
        "ALERTMANAGER_REPEAT_INTERVAL",
    ):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch.setenv


def test_each_severity_gets_its_target_and_rule(now: datetime) -> None:
    first_start.prepare(now, HOOKS)
    routes = {rule.name: [target.name for target in rule.targets.all()] for rule in Rule.objects.in_order()}
    assert routes == {
        "Watchdog and the like": [],
        "Critical": ["critical"],
        "Warning": ["warning"],
        "Info": ["info"],
        "Fallback": ["info"],
    }


@pytest.mark.parametrize("hooks", [HOOKS, {}])
def test_the_room_of_info_hears_of_troubles(now: datetime, hooks: dict[str, str]) -> None:
    first_start.prepare(now, hooks)
    assert list(Target.objects.filter(hears_troubles=True).values_list("name", flat=True)) == ["info"]


def test_secrets_it_made_up_are_told_once(now: datetime) -> None:
    made = first_start.prepare(now, HOOKS)
    assert IngestToken.valid(made.source_token, now).exists()
    assert get_user_model().objects.get(username="admin").check_password(made.admin_password)
    assert not first_start.prepare(now, HOOKS).anything


def test_given_secrets_are_taken_and_not_told(now: datetime, environment: Callable[[str, str], None]) -> None:
    environment("ALERTMANAGER_TOKEN", "given-token")
    environment("ALERTHUB_ADMIN_PASSWORD", "given-password")
    environment("ALERTHUB_API_TOKEN", "given-api-token")
    made = first_start.prepare(now, HOOKS)
    assert (made.source_token, made.admin_password) == ("", "")
    assert IngestToken.valid("given-token", now).exists()
    assert ApiToken.valid("given-api-token", now).get().user.username == "admin"


def test_the_sandbox_is_there_as_a_server_to_try_rest_targets_with(now: datetime) -> None:
    first_start.prepare(now, HOOKS, default_account("http://127.0.0.1:9"))
    server = RocketChatServer.objects.get()
    assert (server.name, server.token()) == ("sandbox", default_account("http://127.0.0.1:9").token)


def test_a_second_start_changes_nothing(now: datetime) -> None:
    first_start.prepare(now, HOOKS)
    Target.objects.filter(name="info").delete()
    Rule.objects.filter(name="Critical").update(name="Pages", enabled=False)
    Source.objects.all().delete()
    first_start.prepare(now, HOOKS)
    assert (Target.objects.count(), Source.objects.count()) == (2, 0)
    assert Rule.objects.filter(name="Pages", enabled=False).exists()


def test_the_rate_limit_comes_from_the_environment(now: datetime, environment: Callable[[str, str], None]) -> None:
    environment("ROCKETCHAT_RATE_LIMIT", "20/30")
    first_start.prepare(now, HOOKS)
    assert set(Target.objects.values_list("rate_limit_calls", "rate_limit_seconds")) == {(20, 30)}


@pytest.mark.parametrize(("repeats", "closes"), [("14400", 259_200), ("604800", 1_213_200), ("2592000", 5_187_600)])
def test_nothing_is_closed_that_its_sender_still_repeats(
    repeats: str, closes: int, now: datetime, environment: Callable[[str, str], None]
) -> None:
    environment("ALERTMANAGER_REPEAT_INTERVAL", repeats)
    first_start.prepare(now, HOOKS)
    source = Source.objects.get()
    source.full_clean()
    assert (source.repeat_interval, source.close_after) == (int(repeats), closes)


def test_a_target_without_an_address_is_made_disabled(now: datetime) -> None:
    made = first_start.prepare(now)
    assert made.missing == ["critical", "warning", "info"]
    assert set(Target.objects.values_list("name", "enabled")) == {(name, False) for name in made.missing}


def test_without_addresses_alerts_are_held_for_their_target_and_nothing_is_unrouted(now: datetime) -> None:
    first_start.prepare(now)
    owed(Source.objects.get(), now, alert(), alert("Odd", severity="odd"))
    for _ in range(2):  # the first makes the lanes
        outbox.tend(now)
    held = Delivery.objects.filter(state="held").order_by("target_name")
    assert list(held.values_list("target_name", flat=True)) == ["critical", "info"]


def test_what_was_held_goes_out_once_the_address_is_entered(now: datetime) -> None:
    first_start.prepare(now)
    [delivery] = owed(Source.objects.get(), now)
    for _ in range(2):  # the first makes the lanes
        outbox.tend(now)
    target = Target.objects.get(name="critical")
    target.set_webhook_url(HOOKS["critical"])
    target.enabled = True
    target.save()
    outbox.tend(now + timedelta(seconds=5))
    delivery.refresh_from_db()
    assert delivery.state == "waiting"


def test_alerts_that_are_no_trouble_are_recorded_and_told_to_nobody(now: datetime) -> None:
    first_start.prepare(now, HOOKS)
    source = Source.objects.get()
    assert owed(source, now, alert("Watchdog", severity="none"), alert("InfoInhibitor", severity="none")) == []
    assert set(Occurrence.objects.values_list("outcome", flat=True)) == {"recorded"}


@pytest.mark.parametrize("labels", [{"level": "critical"}, {"priority": "Critical"}, {"severity": "p1"}], ids=str)
def test_the_first_source_looks_where_severities_usually_stand(now: datetime, labels: dict[str, str]) -> None:
    first_start.prepare(now, HOOKS)
    [delivery] = owed(Source.objects.get(), now, alert("Shell", **{"severity": ""} | labels))
    assert delivery.target_name == "critical"


def test_a_wrong_address_stops_the_start_and_leaves_nothing(
    now: datetime, environment: Callable[[str, str], None]
) -> None:
    environment("ROCKETCHAT_CRITICAL_URL", "chat.example/hooks/a/b")
    with pytest.raises(ValidationError):
        first_start.prepare(now, HOOKS)
    assert not Source.objects.exists()
