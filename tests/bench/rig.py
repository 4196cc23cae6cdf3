"""What the measurements share: the processes, the load, the rows to print."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django

django.setup()

from django.db.models import QuerySet  # noqa: E402
from django.utils import timezone  # noqa: E402

from alerthub import sandbox  # noqa: E402
from deliveries.models import Attempt, Delivery, Lane, Worker  # noqa: E402
from routing.models import Rule, Target  # noqa: E402
from tests import factories, servers  # noqa: E402

TOKEN = "bench-token-0123456789"
Row = tuple[str, str, str, bool]


def prepare(sandbox_url: str) -> None:
    """A migrated database with the first source, targets and rules; no rate limit."""
    environment = os.environ | {"ALERTMANAGER_TOKEN": TOKEN, "ROCKETCHAT_RATE_LIMIT": "0"}
    command = [sys.executable, "manage.py", "prepare", "--sandbox-url", sandbox_url]
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)


def tell_only(*targets: Target) -> None:
    """Every alert goes to all of these, by the one rule that is left."""
    Rule.objects.exclude(pk=Rule.objects.fallback().pk).delete()
    Rule.objects.fallback().targets.set(targets)


def hold(target: Target) -> None:
    """Nothing is sent to it until it is released."""
    Lane.objects.update_or_create(target=target, defaults={"paused_until": timezone.now() + timedelta(days=1)})


def release(target: Target) -> None:
    """What waits for it is due now, whatever kept it back."""
    Delivery.objects.filter(target=target, ended_at=None).update(next_attempt_at=timezone.now())
    Lane.objects.filter(target=target).update(paused_until=None)


def drained(target: Target) -> bool:
    return not Delivery.objects.filter(target=target, ended_at=None).exists()


@contextmanager
def web(application: str = "alerthub.wsgi") -> Iterator[str]:
    """Two gunicorn processes; yields the address."""
    port = servers.free_port()
    os.environ |= {"ALERTHUB_BIND": f"127.0.0.1:{port}", "WEB_CONCURRENCY": "2"}
    command = [sys.executable, "-m", "gunicorn", "-c", "docker/gunicorn.conf.py", application]
    with tempfile.TemporaryDirectory() as folder, servers.running(command, port, Path(folder), cwd=Path.cwd()):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def room_server() -> Iterator[str]:
    """The sandbox in a process of its own, without a rate limit."""
    port = servers.free_port()
    command = [sys.executable, "-m", "alerthub.sandbox", "--port", str(port), "--rate-limit", "0"]
    with tempfile.TemporaryDirectory() as folder, servers.running(command, port, Path(folder), cwd=Path.cwd()):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def worker() -> Iterator[subprocess.Popen[bytes]]:
    """One worker process, with the command that `make run` uses."""
    command = [
        sys.executable,
        "-m",
        "celery",
        "-q",
        "--skip-checks",
        "-A",
        "alerthub",
        "worker",
        "--loglevel",
        "WARNING",
    ]
    command += [
        "--pool",
        "threads",
        "--concurrency",
        "8",
        "--without-gossip",
        "--without-mingle",
        "--without-heartbeat",
    ]
    environment = os.environ | {"ALERTHUB_PAGES": "false"}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=60)


def wait_for_workers(count: int) -> None:
    began = timezone.now()
    wait_until(lambda: Worker.objects.filter(seen_at__gte=began).count() >= count, 60)


def drain_rates(sent: QuerySet[Attempt], size: int) -> list[float]:
    """Messages a second of each `size` messages in turn."""
    started = list(sent.order_by("started_at").values_list("started_at", flat=True))
    parts = [started[first : first + size + 1] for first in range(0, len(started) - size, size)]
    return [size / (part[-1] - part[0]).total_seconds() for part in parts]


def hooks(sandbox_url: str) -> dict[str, str]:
    return sandbox.default_hook_urls(sandbox_url)


def notification(number: int, alerts: int = 5) -> bytes:
    """One of 100 groups, with alerts nobody saw before."""
    group = number % 100
    return json.dumps(
        factories.payload(
            *(
                factories.alert(f"Bench{place}", severity="warning", instance=f"host-{number}-{place}")
                for place in range(alerts)
            ),
            group=f'{{}}:{{group="{group}"}}',
        )
    ).encode()


class Poster:
    """Posts over one kept connection."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._path = parts.path or "/webhook"
        self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        self._headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}

    def post(self, body: bytes) -> float:
        """Seconds until the answer was read; the answer must be 202."""
        began = time.perf_counter()
        self._connection.request("POST", self._path, body, self._headers)
        answer = self._connection.getresponse()
        text = answer.read()
        took = time.perf_counter() - began
        assert answer.status == 202, (answer.status, text[:300])
        return took


def post_all(url: str, bodies: Sequence[bytes], threads: int = 4) -> float:
    """Seconds to post all bodies from several threads."""

    def share(first: int) -> None:
        poster = Poster(url)
        for body in bodies[first::threads]:
            poster.post(body)

    began = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(share, range(threads)))
    return time.perf_counter() - began


def wait_until(condition: Callable[[], Any], timeout: float, pause: float = 0.2) -> None:
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("The measurement did not come to its end in time.")
        time.sleep(pause)


def ratio(name: str, measured: float, *, least: float | None = None, most: float | None = None, unit: str = "") -> Row:
    """One row of the table."""
    reached = (least is None or measured >= least) and (most is None or measured <= most)
    target = f">= {least:g}{unit}" if least is not None else f"<= {most:g}{unit}"
    return name, f"{measured:.2f}{unit}", target, reached


def report(*rows: Row) -> None:
    print(json.dumps(rows), flush=True)
