"""AlertHub as real processes for a story: its own folder, database, broker and rooms, and nothing left at the end."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import requests

import alerthub
from alerthub import run
from alerthub.processes import commands
from alerthub.sandbox import Message, Sandbox, default_hook_urls
from tests import lossy, servers, shipped
from tests.journeys import places
from tests.journeys.trail import Delivery, Trail

ROOT = Path(alerthub.__file__).resolve().parent.parent
SOURCE_TOKEN = "journey-source-token-1f4b9c"
API_TOKEN = "journey-api-token-77aa31"
ADMIN_PASSWORD = "journey admin password"
PREPARE = "prepare"
CRITICAL, WARNING, INFO = "#alerts-critical", "#alerts-warning", "#alerts-info"
ONE_OF_EACH = ("web", "worker 1", "beat")
_STARTED_WITHIN_SECONDS = 120.0
_STOPPED_WITHIN_SECONDS = 20.0
_LINES_SHOWN = 40

T = TypeVar("T")


def wait_until(condition: Callable[[], T], timeout: float = 10.0, what: str = "what the story waits for") -> T:
    """The condition's value, as soon as it is true. Fails after `timeout` seconds."""
    began = time.monotonic()
    while not (value := condition()):
        waited = time.monotonic() - began
        assert waited < timeout, f"{what} did not happen within {timeout:g} s"
        # What takes its time needs the processor itself.
        time.sleep(min(max(0.03, waited / 20), 0.25))
    return value


@dataclass(frozen=True, slots=True)
class Answer:
    """What the webhook answered, and after how many seconds."""

    status: int
    body: dict[str, Any]
    seconds: float

    @property
    def notification(self) -> int:
        assert self.status == 202, self
        return int(self.body["notification"])


class Stack:
    """The processes `make run` starts, on free ports and with nothing installed but what ships; messages go to a sandbox
    inside the test's process."""

    def __init__(self, folder: Path, sandbox: Sandbox, database_url: str, broker_url: str, **environment: str) -> None:
        self.folder, self.sandbox, self.trail = folder, sandbox, Trail(database_url)
        self.url = f"http://127.0.0.1:{servers.free_port()}"
        hooks = default_hook_urls(sandbox.url)
        self.environment = bare_environment() | {
            "ALERTHUB_DATA_DIR": str(folder),
            "DATABASE_URL": database_url,
            "CELERY_BROKER_URL": broker_url,
            "PORT": self.url.rpartition(":")[2],
            "ALERTMANAGER_TOKEN": SOURCE_TOKEN,
            "ALERTHUB_API_TOKEN": API_TOKEN,
            "ALERTHUB_ADMIN_PASSWORD": ADMIN_PASSWORD,
            "ROCKETCHAT_RATE_LIMIT": "0",
            **{f"ROCKETCHAT_{severity.upper()}_URL": url for severity, url in hooks.items()},
            **environment,
        }
        self._children: dict[str, subprocess.Popen[bytes]] = {}

    def prepare(self) -> None:
        with self._log("prepare") as log:
            # It does not know the transport of the tests.
            unknown = self.environment["CELERY_BROKER_URL"] == lossy.URL
            environment = self.environment | ({"CELERY_BROKER_URL": "filesystem://"} if unknown else {})
            subprocess.run(command(PREPARE), cwd=ROOT, env=environment, stdout=log, stderr=log, check=True)

    def start(self, name: str, *, through: str = "", **environment: str) -> None:
        """Start one of the processes, or start it again; "web 2" and so on are further web processes. `through` names a module
        that changes it for a story."""
        with self._log(name) as log:
            self._children[name] = subprocess.Popen(
                self._command(name, through),
                cwd=ROOT,
                env=self.environment | run._environment(name) | environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _command(self, name: str, through: str) -> list[str]:
        python, as_module, *module = command(name)
        if self.environment["CELERY_BROKER_URL"] == lossy.URL:
            through = "tests.lossy"
        return [python, as_module, *filter(None, [through]), *module]

    def start_all(self, despite: Collection[str] = (), names: Collection[str] = ()) -> None:
        """Start everything, or what is named, and wait until /readyz complains of nothing but what is named in `despite`."""
        for name in names or run._commands():
            self.start(name)
        wait_until(lambda: self._is_ready(despite), _STARTED_WITHIN_SECONDS, "AlertHub's start")

    def _is_ready(self, despite: Collection[str]) -> bool:
        for name, child in self._children.items():
            assert child.poll() is None, f"the {name} process ended at once:\n{self.logs()}"
        try:
            wrong = requests.get(f"{self.url}/readyz", timeout=5).json()["wrong"]
        except requests.RequestException:
            return False
        return set(wrong) <= set(despite)

    def pid(self, name: str) -> int:
        return self._children[name].pid

    def kill(self, name: str) -> None:
        """kill -9, as a crash or the kernel's memory killer does."""
        self._children[name].kill()
        self._children[name].wait()

    def stop_one(self, name: str) -> None:
        """Ask it to stop, and wait until it has."""
        self._children[name].terminate()
        self._children[name].wait(_STOPPED_WITHIN_SECONDS)

    def stop_for_good(self, name: str) -> None:
        self.stop_one(name)
        del self._children[name]

    def name_of(self, pid: int) -> str:
        return next(name for name, child in self._children.items() if child.pid == pid)

    def stop(self) -> None:
        for child in self._children.values():
            child.terminate()
        deadline = time.monotonic() + _STOPPED_WITHIN_SECONDS
        for child in self._children.values():
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                # Its session is its own, so this reaches its children and nobody else.
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
        self._children.clear()

    def receive(self, payload: dict[str, Any] | list[dict[str, Any]]) -> Answer:
        """Post a notification, as Alertmanager does; a list of alerts is what Prometheus itself would post."""
        began = time.monotonic()
        answer = requests.post(
            f"{self.url}/webhook", json=payload, headers={"Authorization": f"Bearer {SOURCE_TOKEN}"}, timeout=30
        )
        return Answer(answer.status_code, answer.json(), time.monotonic() - began)

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """One call of the REST API as the first admin."""
        headers = {"Authorization": f"Bearer {API_TOKEN}"}
        answer = requests.request(method, f"{self.url}/api/v1/{path}", json=body, headers=headers, timeout=30)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else {}

    def room(self, name: str, word: str = "") -> list[Message]:
        """The messages of a room that mention `word`, in order."""
        return [message for message in self.sandbox.messages(name) if word in message.payload.decode()]

    def wait_for_room(self, name: str, word: str, count: int = 1, timeout: float = 10.0) -> list[Message]:
        what = f"{count} messages about {word} in {name}"
        return wait_until(lambda: len(found := self.room(name, word)) >= count and found, timeout, what) or []

    def wait_for_end(self, *notifications: int, timeout: float = 10.0) -> list[Delivery]:
        """The deliveries of these notifications (or all), as soon as each has its final state."""

        def ended() -> bool:
            return not any(delivery.is_open for delivery in self.trail.deliveries(*notifications))

        wait_until(ended, timeout, "the end of every delivery")
        return self.trail.deliveries(*notifications)

    def tidy(self) -> None:
        """Let the story before finish, then empty the rooms and switch its faults off."""
        self.sandbox.default_hook("critical").clear()
        self.wait_for_end(timeout=60)
        self.sandbox.reset()

    def logs(self) -> str:
        """The end of each process's log."""
        parts = []
        for path in sorted(self.folder.glob("*.log")):
            lines = path.read_text(errors="replace").splitlines()[-_LINES_SHOWN:]
            parts.append("\n".join([f"--- {path.stem}", *lines]))
        return "\n".join(parts)

    def _log(self, name: str) -> Any:
        return (self.folder / f"{name}.log").open("ab")


def bare_environment() -> dict[str, str]:
    """Nothing of the tests' own settings reaches the processes, nor an .env of this folder."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TZ") if name in os.environ}
    return kept | {"ALERTHUB_ENV_FILE": os.devnull, "PYTHONPATH": str(ROOT)} | commands.EVERY_ENVIRONMENT


def command(name: str) -> list[str]:
    """As the documented start has it, with what ships; "web 2" and so on are further web processes."""
    if name == PREPARE:
        return [shipped.python(), "manage.py", "prepare", "--json"]
    return [shipped.python(), *run._commands()["web" if name.startswith("web") else name][1:]]


def ended(name: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A process that ends by itself, alone and with nothing but this environment."""
    return subprocess.run(
        command(name), cwd=ROOT, env=bare_environment() | {"PORT": str(servers.free_port())} | environment | run._environment(name),
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


@contextmanager
def running(
    folder: Path,
    *,
    only: Collection[str] = (),
    despite: Collection[str] = (),
    limit: tuple[int, int] | None = None,
    **environment: str,
) -> Iterator[Stack]:
    """A prepared and started stack. `only`: ONE_OF_EACH for stories that need no two of a kind; `despite`: what
    /readyz may complain of all the time; `limit`: calls and seconds that the sandbox allows each webhook, and AlertHub
    knows of."""
    if only:
        environment["WEB_CONCURRENCY"] = "1"
    with ExitStack() as exits:
        sandbox = exits.enter_context(Sandbox(rate_limit=limit))
        if limit:
            environment["ROCKETCHAT_RATE_LIMIT"] = f"{limit[0]}/{limit[1]}"
        database_url = environment.pop("DATABASE_URL", "") or exits.enter_context(places.database(folder))
        broker_url = environment.pop("CELERY_BROKER_URL", "") or exits.enter_context(places.broker())
        stack = Stack(folder, sandbox, database_url, broker_url, **environment)
        exits.callback(stack.stop)
        stack.prepare()
        stack.start_all(despite, only)
        yield stack
