"""docker/monitoring: what Prometheus needs to watch AlertHub, by Prometheus' own checker."""

from __future__ import annotations

import re
import subprocess

import pytest

from tests import servers
from tests.docker.variables import ROOT

pytestmark = pytest.mark.anywhere

FOLDER = ROOT / "docker/monitoring"
PROMTOOL = servers.find("promtool")


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed")
@pytest.mark.parametrize("words", ["check config prometheus.yml", "test rules alerthub-rules.test.yml"])
def test_prometheus_takes_what_is_shipped(words: str) -> None:
    done = subprocess.run([str(PROMTOOL), *words.split()], cwd=FOLDER, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_rules_ask_for_figures_that_exist() -> None:
    asked = set(re.findall(r"\b(alerthub_\w+)", (FOLDER / "alerthub-rules.yml").read_text()))
    exported = (ROOT / "deliveries/figures/metrics.py").read_text()
    assert asked
    assert {name for name in asked if name.removesuffix("_total") not in exported} == set()
