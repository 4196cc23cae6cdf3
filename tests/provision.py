"""Finds the programs the tests need and, as root on Debian, installs what is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests import servers

# program -> Debian package
NEEDED = {
    "postgres": "postgresql",
    "pgbouncer": "pgbouncer",
    "redis-server": "redis-server",
    "redis-sentinel": "redis-sentinel",
    "rabbitmq-server": "rabbitmq-server",
    "epmd": "erlang-base",
    "prometheus-alertmanager": "prometheus-alertmanager",
    "amtool": "prometheus-alertmanager",
    "promtool": "prometheus",
    "chromium": "chromium",
    "nginx": "nginx",
    "node": "nodejs",
    "npm": "npm",
}
_HERE = Path(__file__).resolve().parent
_LOCK = _HERE / "package-lock.json"
_INSTALLED = _HERE / "node_modules" / ".installed"
# A package index that does not answer is tried for hours otherwise.
_GIVEN_UP_AFTER_SECONDS = 600
_PACKAGES = "the packages of tests/package.json"


def missing() -> list[str]:
    return [program for program in NEEDED if servers.find(program) is None]


def missing_of_node() -> str:
    """What keeps the tests from asking Rocket.Chat's own code; "" if nothing does."""
    if servers.find("node") is None:
        return "Node.js is missing"
    return "" if _has_packages() else f"{_PACKAGES} are not installed"


def install() -> list[str]:
    """Install what is missing, if that is possible here; return what still is. Services are not started."""
    packages = sorted({NEEDED[program] for program in missing()})
    if packages and os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"Installing {', '.join(packages)}", flush=True)
        # Debian starts a server as soon as it is installed; the tests start their own.
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
        _run("apt-get", "update", environment=environment)
        _run("apt-get", "install", "-y", "--no-install-recommends", *packages, environment=environment)
    still = missing()
    if "npm" not in still and not _has_packages():
        print(f"Installing {_PACKAGES}", flush=True)
        if (
            _run(
                "npm",
                "ci",
                "--prefix",
                str(_HERE),
                "--no-audit",
                "--no-fund",
                "--loglevel",
                "error",
                "--fetch-retries",
                "1",
                "--fetch-timeout",
                "30000",
                environment=dict(os.environ),
            )
            == 0
        ):
            _INSTALLED.write_bytes(_LOCK.read_bytes())
    return still if _has_packages() else [*still, _PACKAGES]


def _has_packages() -> bool:
    return _INSTALLED.exists() and _INSTALLED.read_bytes() == _LOCK.read_bytes()


def _run(*command: str, environment: dict[str, str]) -> int:
    try:
        return subprocess.run(
            command, env=environment, check=False, timeout=_GIVEN_UP_AFTER_SECONDS,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        ).returncode  # fmt: skip
    except subprocess.TimeoutExpired:
        return 1
