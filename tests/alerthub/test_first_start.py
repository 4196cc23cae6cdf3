"""The first start makes what the environment says; the second changes nothing people edited."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError

from alerthub import first_start
from alerthub.sandbox import default_account
from routing.models import ApiToken, IngestToken, RocketChatServer, Rule, Source, Target

pytestmark = pytest.mark.django_db
HOOKS = {severity: f"http://127.0.0.1:9/hooks/{severity}/sandboxtoken" for severity in first_start.SEVERITIES}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    for severity in first_start.SEVERITIES:
        monkeypatch.delenv(f"ROCKETCHAT_{severity.upper()}_URL", raising=False)
    for name in ("ALERTMANAGER_TOKEN", "ALERTHUB_API_TOKEN", "ALERTHUB_ADMIN_PASSWORD", "ROCKETCHAT_RATE_LIMIT"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch.setenv


def test_each_severity_gets_its_target_and_rule(now: datetime) -> None:
    first_start.prepare(now, HOOKS)
    routes = {rule.name: [target.name for target in rule.targets.all()] for rule in Rule.objects.in_order()}
    assert routes == {"Critical": ["critical"], "Warning": ["warning"], "Info": ["info"], "Fallback": ["info"]}


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


def test_without_an_address_a_target_is_missing_not_invented(now: datetime) -> None:
    made = first_start.prepare(now)
    assert made.missing == ["ROCKETCHAT_CRITICAL_URL", "ROCKETCHAT_WARNING_URL", "ROCKETCHAT_INFO_URL"]
    assert Target.objects.count() == 0


def test_a_wrong_address_stops_the_start_and_leaves_nothing(
    now: datetime, environment: Callable[[str, str], None]
) -> None:
    environment("ROCKETCHAT_CRITICAL_URL", "chat.example/hooks/a/b")
    with pytest.raises(ValidationError):
        first_start.prepare(now, HOOKS)
    assert not Source.objects.exists()
