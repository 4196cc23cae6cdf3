"""The sandbox as a server: HTTP as clients speak it, stopping and starting, bounds, and what it must not import."""

from __future__ import annotations

import http.client
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from alerthub.sandbox import Sandbox, default_hook_urls
from tests.alerthub.chat import get, post

pytestmark = pytest.mark.anywhere
ROOM = "#ops"
TOP = Path(__file__).parents[3]
LOOK = """
import sys, alerthub.sandbox, alerthub.sandbox.cli
print([n for n in sys.modules if n.startswith(("django", "requests", "celery"))
       or n.startswith("alerthub.") and not n.startswith("alerthub.sandbox")])
"""


@contextmanager
def dialled(sandbox: Sandbox) -> Iterator[socket.socket]:
    with socket.create_connection((sandbox.host, sandbox.port), timeout=5) as connection:
        yield connection


def test_nothing_but_the_standard_library_is_imported() -> None:
    done = subprocess.run([sys.executable, "-c", LOOK], capture_output=True, text=True, cwd=TOP, check=True)
    assert done.stdout.strip() == "[]"


def test_one_connection_carries_many_requests(sandbox: Sandbox) -> None:
    connection = http.client.HTTPConnection(sandbox.host, sandbox.port, timeout=5)
    path = sandbox.hook(ROOM).url.removeprefix(sandbox.url)
    seen = set()
    for _ in range(3):
        connection.request("POST", path, b'{"text": "x"}', {"Content-Type": "application/json"})
        connection.getresponse().read()
        seen.add(connection.sock.getsockname() if connection.sock else None)
    connection.close()
    assert (len(seen), len(sandbox.messages(ROOM))) == (1, 3)


def test_a_chunked_body_is_read(sandbox: Sandbox) -> None:
    connection = http.client.HTTPConnection(sandbox.host, sandbox.port, timeout=5)
    path = sandbox.hook(ROOM).url.removeprefix(sandbox.url)
    body = iter([b'{"te', b'xt": "x"}'])
    connection.request("POST", path, body, {"Content-Type": "application/json"}, encode_chunked=True)
    connection.getresponse().read()
    connection.close()
    assert [message.text for message in sandbox.messages(ROOM)] == ["x"]


def test_a_client_that_asks_first_is_told_to_go_on(sandbox: Sandbox) -> None:
    with dialled(sandbox) as connection:
        connection.sendall(b"POST /hooks/a/b HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 100 ")


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"rubbish\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nContent-Length: many\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", b"413"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"400"),
        (b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 300 + b"\r\n", b"431"),
    ],
)
def test_what_is_no_request_is_answered_and_closed(sandbox: Sandbox, sent: bytes, status: bytes) -> None:
    with dialled(sandbox) as connection:
        connection.sendall(sent)
        assert connection.recv(100).split()[1] == status


def test_an_old_client_gets_its_connection_closed(sandbox: Sandbox) -> None:
    with dialled(sandbox) as connection:
        connection.sendall(b"GET /health HTTP/1.0\r\n\r\n")
        received = b"".join(iter(lambda: connection.recv(1000), b""))
    assert received.endswith(b"ok")


def test_dropping_connections_closes_idle_ones(sandbox: Sandbox) -> None:
    with dialled(sandbox) as connection:
        connection.sendall(b"GET /health HTTP/1.1\r\n\r\n")
        connection.recv(1000)
        sandbox.drop_connections()
        assert connection.recv(1) == b""


def test_a_stopped_sandbox_refuses_and_a_restarted_one_remembers() -> None:
    sandbox = Sandbox().start()
    hook = sandbox.hook(ROOM)
    post(hook.url, {"text": "x"})
    sandbox.stop()
    with pytest.raises(ConnectionRefusedError):
        post(hook.url, {"text": "y"})
    with sandbox:
        post(hook.url, {"text": "z"})
    assert [message.text for message in sandbox.messages(ROOM)] == ["x", "z"]


def test_a_taken_port_is_an_error(sandbox: Sandbox) -> None:
    with pytest.raises(OSError, match="in use"):
        Sandbox(sandbox.port).start()


def test_only_the_newest_messages_are_kept() -> None:
    with Sandbox(rate_limit=None, keep=3) as small:
        hook = small.hook(ROOM)
        for number in range(5):
            post(hook.url, {"text": str(number)})
        assert [message.text for message in small.messages(ROOM)] == ["2", "3", "4"]
        assert (small.room(ROOM).total, hook.total, len(hook.journal)) == (5, 5, 3)


def test_waiting_ends_with_the_wanted_message(sandbox: Sandbox) -> None:
    post(sandbox.hook(ROOM).url, {"text": "x"})
    assert len(sandbox.wait_for(ROOM, 1)) == 1


def test_waiting_in_vain_ends_too(sandbox: Sandbox) -> None:
    assert sandbox.wait_for(ROOM, 1, timeout=0.01) == []


def test_a_lone_surrogate_is_carried_through(sandbox: Sandbox) -> None:
    post(sandbox.hook(ROOM).url, {"text": "\ud800"})
    assert get(f"{sandbox.url}/sandbox/messages").json["messages"][0]["message"]["msg"] == "\ud800"


def test_the_health_page_answers(sandbox: Sandbox) -> None:
    assert get(f"{sandbox.url}/health").body == b"ok"


@pytest.mark.parametrize("command", [["-m", "alerthub.sandbox"], ["manage.py", "sandbox"]])
def test_the_command_prints_its_addresses_and_ends_on_a_signal(command: list[str]) -> None:
    arguments = [sys.executable, *command, "--port", "0", "--rate-limit", "5/30"]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, cwd=TOP) as process:
        assert process.stdout is not None
        printed = [process.stdout.readline() for _ in range(7)]
        base = printed[1].removeprefix("Rooms: ").strip()
        assert default_hook_urls(base)["critical"] in "".join(printed)
        assert "5 calls in 30 s" in printed[2]
        process.terminate()
        assert process.wait(10) == 0


def test_a_wrong_rate_limit_is_explained() -> None:
    arguments = [sys.executable, "-m", "alerthub.sandbox", "--rate-limit", "often"]
    done = subprocess.run(arguments, capture_output=True, text=True, cwd=TOP, check=False)
    assert "reads CALLS/SECONDS such as 10/60" in done.stderr
