"""docker/alertmanager.yml, by Alertmanager's own checker and against AlertHub's defaults."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest
import yaml

from routing.models import Source
from routing.models.source import REPEAT_MARGIN
from tests import servers
from tests.docker.variables import ROOT

pytestmark = pytest.mark.anywhere

ALERTMANAGER: dict[str, Any] = yaml.safe_load((ROOT / "docker/alertmanager.yml").read_text(encoding="utf-8"))
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker/compose.yml").read_text(encoding="utf-8"))
AMTOOL = servers.find("amtool")
needs_amtool = pytest.mark.skipif(AMTOOL is None, reason="amtool is not installed")


def amtool(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(AMTOOL), *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


@needs_amtool
def test_alertmanager_takes_the_configuration() -> None:
    done = amtool("check-config", "docker/alertmanager.yml")
    assert done.returncode == 0, done.stdout


@needs_amtool
@pytest.mark.parametrize("severity", ["critical", "warning", "info"])
def test_each_severity_has_its_own_route_to_alerthub(severity: str) -> None:
    assert f'{{severity="{severity}"}}  receiver: alerthub' in routes_of(f"severity={severity}")


@needs_amtool
def test_an_alert_without_severity_reaches_alerthub_too() -> None:
    assert "default-route  receiver: alerthub" in routes_of("alertname=Odd")


def routes_of(label: str) -> str:
    return amtool("config", "routes", "test", "--tree", "--config.file", "docker/alertmanager.yml", label).stdout


def test_worse_alerts_are_told_again_sooner() -> None:
    again = [route["repeat_interval"] for route in ALERTMANAGER["route"]["routes"]]
    assert again == ["1h", "4h", "24h"]


def test_the_first_source_knows_the_longest_of_these_times() -> None:
    routes = [ALERTMANAGER["route"], *ALERTMANAGER["route"]["routes"]]
    longest = max(int(route["repeat_interval"].removesuffix("h")) * 3600 for route in routes)
    assert COMPOSE["services"]["prepare"]["environment"]["ALERTMANAGER_REPEAT_INTERVAL"] == str(longest)
    assert longest + REPEAT_MARGIN < Source().close_after


def test_a_group_is_never_told_twice_inside_the_duplicate_window() -> None:
    routes = [ALERTMANAGER["route"], *ALERTMANAGER["route"]["routes"]]
    shortest = min(int(route["group_interval"].removesuffix("m")) * 60 for route in routes if "group_interval" in route)
    window = Source().duplicate_window
    assert shortest > window


def test_alertmanager_posts_to_the_web_container_with_the_token_prepare_reads() -> None:
    hook = ALERTMANAGER["receivers"][0]["webhook_configs"][0]
    token = COMPOSE["services"]["prepare"]["environment"]["ALERTMANAGER_TOKEN_FILE"]
    assert hook["url"] == "http://web:8093/webhook"
    assert hook["http_config"]["authorization"] == {"type": "Bearer", "credentials_file": token}
