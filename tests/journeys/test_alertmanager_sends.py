"""Alertmanager itself, with the configuration that docker/ ships: only its waiting times are shortened."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from tests import servers
from tests.journeys.stack import CRITICAL, ROOT, SOURCE_TOKEN, WARNING, Stack, wait_until

pytestmark = pytest.mark.journey


@pytest.fixture
def alertmanager(stack: Stack, tmp_path: Path) -> Iterator[str]:
    """Its address; told alerts go to the stack."""
    program = servers.find("prometheus-alertmanager")
    if program is None:
        assert os.environ.get("CI") != "true", "prometheus-alertmanager is missing"
        pytest.skip("prometheus-alertmanager is not on this machine")
    token = tmp_path / "token"
    token.write_text(SOURCE_TOKEN)
    config = tmp_path / "alertmanager.yml"
    config.write_text(
        yaml.safe_dump(hasty(yaml.safe_load((ROOT / "docker/alertmanager.yml").read_text()), stack, token))
    )
    port = servers.free_port()
    address = f"127.0.0.1:{port}"
    command = [program, f"--config.file={config}", f"--storage.path={tmp_path / 'data'}"]
    command += [f"--web.listen-address={address}", "--cluster.listen-address="]
    with servers.running(command, port, tmp_path):
        yield f"http://{address}"


def hasty(config: dict[str, Any], stack: Stack, token: Path) -> dict[str, Any]:
    """The shipped configuration, for this machine and for people who do not wait."""
    for route in (config["route"], *config["route"]["routes"]):
        # At least as long as Alertmanager takes to read a batch of alerts: inhibiting needs the critical one first.
        route["group_wait"] = "500ms"
    config["route"]["group_interval"] = "1s"
    (receiver,) = config["receivers"]
    (webhook,) = receiver["webhook_configs"]
    webhook["url"] = f"{stack.url}/webhook"
    webhook["http_config"]["authorization"]["credentials_file"] = str(token)
    return config


def tell(alertmanager: str, *alerts: dict[str, str], began: datetime, ended: datetime | None = None) -> None:
    """Post alerts to Alertmanager, each given by its labels, as Prometheus does.

    Alertmanager waits for a group's others (group_wait) only while its alert is younger than that.
    """
    times = {"startsAt": began.isoformat()} | ({"endsAt": ended.isoformat()} if ended else {})
    told = [{"labels": each, "annotations": {"summary": f"{each['instance']} is full"}, **times} for each in alerts]
    requests.post(f"{alertmanager}/api/v2/alerts", json=told, timeout=5).raise_for_status()


def labels(word: str, severity: str, instance: str) -> dict[str, str]:
    return {"alertname": word, "severity": severity, "cluster": "eu", "service": "db", "instance": instance}


def test_firing_and_resolved_reach_the_room(stack: Stack, alertmanager: str, word: str) -> None:
    began = datetime.now(UTC)
    tell(alertmanager, labels(word, "critical", "db-1"), began=began)
    stack.wait_for_room(CRITICAL, word)
    tell(alertmanager, labels(word, "critical", "db-1"), began=began, ended=datetime.now(UTC))
    told = stack.wait_for_room(CRITICAL, word, count=2)
    assert ["RESOLVED" if "*RESOLVED*" in message.text else "FIRING" for message in told] == ["FIRING", "RESOLVED"]


@contextmanager
def duplicate_window(stack: Stack, seconds: int) -> Iterator[None]:
    (source,) = stack.call("GET", "sources/")["results"]
    path = f"sources/{source['id']}/"
    stack.call("PATCH", path, {"duplicate_window": seconds})
    try:
        yield
    finally:
        stack.call("PATCH", path, {"duplicate_window": source["duplicate_window"]})


def test_what_was_taken_for_resolved_and_burns_on_is_told_again(stack: Stack, alertmanager: str, word: str) -> None:
    """Prometheus paused: Alertmanager resolves the alert at the end it was promised, then hears of it with its old start."""
    began = datetime.now(UTC)
    disk = labels(word, "critical", "db-1")
    with duplicate_window(stack, 8):
        tell(alertmanager, disk, began=began, ended=began + timedelta(seconds=3))
        stack.wait_for_room(CRITICAL, word, count=2)
        tell(alertmanager, disk, began=began, ended=began + timedelta(minutes=5))
        listed = f"alerts/?name={word}&status=firing"
        (burning,) = wait_until(lambda: stack.call("GET", listed)["results"], what="the alert on the list")
        assert burning["kept_back"] == "late"
        told = stack.wait_for_room(CRITICAL, word, count=3, timeout=25)
    states = ["RESOLVED" if "*RESOLVED*" in message.text else "FIRING" for message in told]
    assert states == ["FIRING", "RESOLVED", "FIRING"]


def test_a_critical_alert_mutes_its_warning_and_no_other(stack: Stack, alertmanager: str, word: str) -> None:
    alerts = labels(word, "critical", "db-1"), labels(word, "warning", "db-1"), labels(word, "warning", "db-2")
    tell(alertmanager, *alerts, began=datetime.now(UTC))
    stack.wait_for_room(CRITICAL, word)
    (warning,) = stack.wait_for_room(WARNING, word)
    assert ("db-1" in warning.text, "db-2" in warning.text) == (False, True)


def test_alertmanagers_own_payload_holds_nothing_odd(stack: Stack, alertmanager: str, word: str) -> None:
    tell(alertmanager, labels(word, "critical", "db-1"), began=datetime.now(UTC))
    stack.wait_for_room(CRITICAL, word)
    rows = stack.trail.rows("SELECT receiver, flags, group_key FROM deliveries_notification ORDER BY id DESC LIMIT 1")
    ((receiver, flags, group_key),) = rows
    assert (receiver, flags in ([], "[]"), word in group_key) == ("alerthub", True, True)
