"""alerthub.healthcheck as a container runs it, and the workers' own check."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from deliveries.wake import pump
from tests import servers
from tests.docker.variables import ROOT


class Web(BaseHTTPRequestHandler):
    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status if self.path == "/livez" else 404)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


class UnixWeb(Web):
    def address_string(self) -> str:
        return ""


@pytest.fixture
def port() -> Iterator[int]:
    server = HTTPServer(("127.0.0.1", 0), Web)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def health(**variables: str) -> subprocess.CompletedProcess[str]:
    # -S: without site-packages, so that it cannot come to need one.
    command = [sys.executable, "-S", "-m", "alerthub.healthcheck"]
    env = {"PATH": os.environ["PATH"], **variables}
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)


@pytest.mark.anywhere
def test_a_web_server_that_answers_is_healthy(port: int) -> None:
    assert health(ALERTHUB_BIND=f"0.0.0.0:{port}").returncode == 0


@pytest.mark.anywhere
@pytest.mark.parametrize("where", ["[::1]:0", "unix"])
def test_it_asks_at_the_address_that_was_bound(where: str, tmp_path: Path) -> None:
    class Server(HTTPServer):
        address_family = socket.AF_UNIX if where == "unix" else socket.AF_INET6

        def server_bind(self) -> None:
            self.socket.bind(self.server_address)
            self.server_address = self.socket.getsockname()

    path = str(tmp_path / "web.sock")
    with Server(path if where == "unix" else ("::1", 0), UnixWeb) as server:  # type: ignore[arg-type]
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        bind = f"unix:{path}" if where == "unix" else f"[::1]:{server.server_address[1]}"
        assert health(ALERTHUB_BIND=bind).returncode == 0
        server.shutdown()


@pytest.mark.anywhere
def test_the_port_is_taken_from_port_where_no_address_is_set(port: int) -> None:
    assert health(PORT=str(port)).returncode == 0


@pytest.mark.anywhere
def test_a_web_server_that_answers_with_an_error_is_not_healthy(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Web, "status", 503)
    assert health(PORT=str(port)).stderr == "/livez answered 503\n"


@pytest.mark.anywhere
def test_a_web_server_that_does_not_listen_is_not_healthy() -> None:
    assert health(PORT=str(servers.free_port())).returncode == 1


@pytest.mark.django_db
def test_a_worker_seen_lately_is_healthy() -> None:
    pump.beat(pump.worker_name(), timezone.now())
    call_command("worker_health")


@pytest.mark.django_db
def test_a_worker_not_seen_for_long_is_not_healthy() -> None:
    pump.beat(pump.worker_name(), timezone.now() - timedelta(minutes=2))
    with pytest.raises(CommandError, match=f"No worker of {socket.gethostname()} was seen"):
        call_command("worker_health")


@pytest.mark.django_db
def test_another_machines_worker_does_not_count() -> None:
    pump.beat(f"another-{pump.worker_name()}", timezone.now())
    with pytest.raises(CommandError):
        call_command("worker_health")
