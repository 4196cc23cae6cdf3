"""Finds the programs the tests need and, as root on Debian, installs what is missing."""

from __future__ import annotations

import os
import shutil
import subprocess

from tests import servers

# program -> Debian package
NEEDED = {
    "postgres": "postgresql",
    "pgbouncer": "pgbouncer",
    "redis-server": "redis-server",
    "prometheus-alertmanager": "prometheus-alertmanager",
    "amtool": "prometheus-alertmanager",
    "promtool": "prometheus",
    "chromium": "chromium",
    "nginx": "nginx",
}


def missing() -> list[str]:
    return [program for program in NEEDED if servers.find(program) is None]


def install() -> list[str]:
    """Install what is missing, if that is possible here; return what still is. Services are not started."""
    packages = sorted({NEEDED[program] for program in missing()})
    if not packages or os.geteuid() != 0 or not shutil.which("apt-get"):
        return missing()
    print(f"Installing {', '.join(packages)}", flush=True)
    quiet = {"stdout": subprocess.DEVNULL, "stdin": subprocess.DEVNULL, "check": False}
    # Debian starts a server as soon as it is installed; the tests start their own.
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    subprocess.run(["apt-get", "update"], env=environment, **quiet)
    subprocess.run(["apt-get", "install", "-y", "--no-install-recommends", *packages], env=environment, **quiet)
    return missing()
