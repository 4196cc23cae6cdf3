"""How the web is served: a client that falls silent does not hold a thread for ever."""

from __future__ import annotations

import runpy
import socket
import struct
from types import SimpleNamespace

import pytest

from tests.docker.variables import ROOT

pytestmark = pytest.mark.anywhere


@pytest.mark.parametrize("option", [socket.SO_RCVTIMEO, socket.SO_SNDTIMEO])
def test_a_silent_client_is_left_after_some_seconds(option: int) -> None:
    settings = runpy.run_path(str(ROOT / "docker/gunicorn.conf.py"))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        settings["when_ready"](SimpleNamespace(LISTENERS=[SimpleNamespace(sock=listening)]))
        with socket.create_connection(listening.getsockname()), listening.accept()[0] as accepted:
            kept = accepted.getsockopt(socket.SOL_SOCKET, option, struct.calcsize("ll"))
    assert struct.unpack("ll", kept) == (settings["SILENCE"], 0)
