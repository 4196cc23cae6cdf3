"""Single processes of AlertHub for a story, on one database: each does one thing, and may die in it."""

from __future__ import annotations

import json
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil

from alerthub.sandbox import Sandbox
from tests import shipped
from tests.journeys.stack import ROOT, bare_environment, wait_until
from tests.journeys.trail import Delivery, Trail

AT_ONCE = 4
_WITHIN_SECONDS = 120.0


class Children:
    """Starts `tests.journeys.doomed`. Every name is a target and its room."""

    def __init__(self, folder: Path, database_url: str, sandbox: Sandbox) -> None:
        self.trail, self.sandbox, self.database_url = Trail(database_url), sandbox, database_url
        self._environment = bare_environment() | {
            "ALERTHUB_DATA_DIR": str(folder),
            "DATABASE_URL": database_url,
            "DJANGO_SETTINGS_MODULE": "alerthub.settings",
            "LOG_LEVEL": "WARNING",
        }

    def lay(self, *names: str, call_seconds: int = 1) -> None:
        """Migrate the database; each name's target is owed a firing and its resolved."""
        hooks = {name: self.sandbox.hook(room_of(name)).url for name in names}
        self.run("lay", json.dumps(hooks), CALL_SECONDS=str(call_seconds)).check_returncode()

    def run(self, what: str, told: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self._command(what), cwd=ROOT, env=self._environment | environment, input=told, text=True,
            stdout=subprocess.PIPE, check=False, timeout=_WITHIN_SECONDS,
        )  # fmt: skip

    def die_at(self, *names: str) -> dict[str, int]:
        """For each point that has a target of its name: a worker that dies there; how it ended."""
        with ThreadPoolExecutor(AT_ONCE) as threads:
            ended = threads.map(lambda name: self.run("drain", TARGET=name, DIES_AT=name).returncode, names)
            return dict(zip(names, ended, strict=True))

    def stop_at(self, name: str) -> subprocess.Popen[bytes]:
        """The same with a worker that is only stopped there, as by Ctrl-Z or a hypervisor; returns it stopped."""
        environment = self._environment | {"TARGET": name, "DIES_AT": name, "DIES_BY": "SIGSTOP"}
        child = subprocess.Popen(self._command("drain"), cwd=ROOT, env=environment, stdin=subprocess.DEVNULL)
        stopped = psutil.Process(child.pid)
        wait_until(lambda: stopped.status() == psutil.STATUS_STOPPED, _WITHIN_SECONDS, f"the stop {name}")
        return child

    def inherit(self, name: str = "") -> None:
        """Another worker delivers what is left (for this target), when every lease is over."""
        self.run("inherit", TARGET=name).check_returncode()

    def post(self, payload: dict[str, Any], **environment: str) -> dict[str, Any]:
        """What the webhook answers in a process of its own: {"status": 202, "body": {...}}; {} if that was killed."""
        done = self.run("post", json.dumps(payload), **environment)
        if done.returncode == -signal.SIGKILL:
            return {}
        done.check_returncode()
        return json.loads(done.stdout)

    def of(self, name: str) -> list[Delivery]:
        return [one for one in self.trail.deliveries() if one.target == name]

    def room(self, name: str) -> list[str]:
        """What a room shows: firing or resolved, and whether as a repeat."""
        return [_shown(message.text) for message in self.sandbox.messages(room_of(name))]

    def _command(self, what: str) -> list[str]:
        return [shipped.python(), "-m", "tests.journeys.doomed", what]


def room_of(name: str) -> str:
    return f"#{name.replace(' ', '-')}"


def _shown(text: str) -> str:
    status = "resolved" if "RESOLVED" in text else "firing"
    return f"{status}, perhaps again" if "possible duplicate (attempt 2" in text else status
