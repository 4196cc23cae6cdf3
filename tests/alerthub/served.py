"""A small WSGI application behind AlertHub's gunicorn worker, as a real process, for tests of the worker alone."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings

from tests import servers

ROOT = Path(__file__).resolve().parent.parent.parent
MOST = 1024 * 1024
PATIENCE = 20.0
MANY = 60
BEGUN = b"POST /webhook HTTP/1.1\r\nHost: alerthub\r\n"
BODY_BEGUN = BEGUN + b"Content-Length: 9\r\n\r\n{"

_released = threading.Event()


def start() -> Callable[..., Iterable[bytes]]:
    """What the process serves. It loads as long as the file named by LOADED_AT is missing."""
    settings.configure(
        INGEST_MAX_BYTES=MOST, REQUEST_SECONDS=float(os.environ["REQUEST_SECONDS"]), PAGE_THREADS=4, PATH_PREFIX=""
    )
    while not Path(os.environ["LOADED_AT"]).exists():
        time.sleep(0.01)
    return answer


def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """What was asked, and the digest of the body; `/large?N` is answered with N bytes, `/hang` once `/livez` is asked."""
    path = environ["PATH_INFO"]
    if path == "/hang":
        _released.wait(PATIENCE)
    elif path == "/livez":
        _released.set()
    if path == "/large":
        body = b"x" * int(next(iter(parse_qs(environ["QUERY_STRING"], keep_blank_values=True))))
    else:
        read = b"" if "HTTP_X_UNREAD" in environ else environ["wsgi.input"].read(MOST + 1)
        told = {"asked": f"{environ['REQUEST_METHOD']} {path}", "bytes": len(read)}
        body = json.dumps(told | {"digest": hashlib.sha256(read).hexdigest()}).encode()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]


@dataclass(frozen=True, slots=True)
class Served:
    """One gunicorn with one process of AlertHub's worker."""

    address: Any
    process: subprocess.Popen[bytes]
    log: Path

    def connect(self, *, receive: int | None = None) -> socket.socket:
        """A connection, with a receive buffer of `receive` bytes."""
        family = {str: socket.AF_UNIX, 2: socket.AF_INET, 4: socket.AF_INET6}
        kind = str if isinstance(self.address, str) else len(self.address)
        client = socket.socket(family[kind])
        if receive:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
        client.settimeout(PATIENCE)
        client.connect(self.address)
        return client

    def ask(self, request: bytes) -> list[dict[str, Any]]:
        """All that is answered over a connection of its own, until it is closed."""
        with self.connect() as client:
            client.sendall(request)
            return answers(everything(client))

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)


def everything(client: socket.socket) -> bytes:
    """All bytes until the other side says that there is no more."""
    parts = []
    try:
        while part := client.recv(64 * 1024):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


def answers(raw: bytes) -> list[dict[str, Any]]:
    """Each answer as its status, and what the application told."""
    found = []
    while raw:
        head, _, rest = raw.partition(b"\r\n\r\n")
        fields = dict(line.lower().split(": ", 1) for line in head.decode().split("\r\n")[1:])
        length = int(fields.get("content-length", 0))
        body, raw = rest[:length], rest[length:]
        told = json.loads(body) if body.startswith(b"{") else {}
        found.append({"status": int(head.split()[1]), **told})
    return found


def post(body: bytes = b"", *headers: str, path: str = "/webhook", close: bool = True) -> bytes:
    fields = ["Host: alerthub", f"Content-Length: {len(body)}", *headers, *(["Connection: close"] if close else [])]
    return f"POST {path} HTTP/1.1\r\n".encode() + "\r\n".join(fields).encode() + b"\r\n\r\n" + body


@contextmanager
def serving(
    folder: Path, *, seconds: float = 60, bind: str = "", options: str = "", wait: bool = True, limits: Any = None
) -> Iterator[Served]:
    """Started, and stopped at the end. `seconds`: the deadline of a request; `options`: for gunicorn."""
    port = servers.free_port()
    address: Any = ("127.0.0.1", port)
    if bind.startswith("unix:"):
        address = bind.removeprefix("unix:")
    elif bind == "IPv6":
        address, bind = ("::1", port, 0, 0), f"[::1]:{port}"
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ} | {
        "ALERTHUB_BIND": bind or f"127.0.0.1:{port}",
        "WEB_CONCURRENCY": "1",
        "GUNICORN_CMD_ARGS": options,
        "REQUEST_SECONDS": str(seconds),
        "LOADED_AT": str(folder / "loaded"),
    }
    if wait:
        (folder / "loaded").touch()
    log = folder / f"served-{port}.log"
    command = [sys.executable, "-m", "gunicorn", "-c", "docker/gunicorn.conf.py", "tests.alerthub.served:start()"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=output, stderr=output, preexec_fn=limits, start_new_session=True
        )
    served = Served(address, process, log)
    try:
        if wait:
            until_it_answers(served)
        yield served
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def until_it_answers(served: Served) -> None:
    deadline = time.monotonic() + PATIENCE
    while not accepts(served):
        assert served.process.poll() is None, served.log.read_text()
        assert time.monotonic() < deadline, "It does not answer."
        time.sleep(0.02)


def accepts(served: Served) -> bool:
    try:
        served.connect().close()
    except (ConnectionRefusedError, ConnectionResetError, FileNotFoundError):
        return False
    return True


def connections(served: Served, begin: bytes, number: int = MANY) -> list[socket.socket]:
    """So many clients that began in this way and say no more."""
    clients = [served.connect() for _ in range(number)]
    for client in clients:
        client.sendall(begin)
    return clients
