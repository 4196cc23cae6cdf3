"""How the web server begins and ends, and what it cannot have."""

from __future__ import annotations

import resource
import time
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from alerthub.serving import Worker
from tests.alerthub.served import (
    BODY_BEGUN,
    MOST,
    Served,
    accepts,
    answers,
    connections,
    everything,
    post,
    serving,
    until_it_answers,
)

pytestmark = pytest.mark.anywhere


def test_nobody_is_let_in_before_the_application_is_loaded(tmp_path: Path) -> None:
    """Whoever comes is refused at once, and can go to another process; the address is taken all the same."""
    with serving(tmp_path, wait=False) as process:
        while not psutil.Process(process.process.pid).children():
            assert process.process.poll() is None, process.log.read_text()
        assert not accepts(process)
        (tmp_path / "loaded").touch()
        until_it_answers(process)
        assert [told["bytes"] for told in process.ask(post(b"hello"))] == [5]


def test_an_address_that_another_has_is_said_at_the_start(served: Served, tmp_path: Path) -> None:
    with serving(tmp_path, wait=False, bind=f"127.0.0.1:{served.address[1]}") as process:
        assert process.process.wait(20) == 1
        assert "cannot have the address 127.0.0.1:" in process.log.read_text()


def test_what_was_taken_is_finished_when_it_stops_and_the_door_is_shut_first(tmp_path: Path) -> None:
    with serving(tmp_path) as process, process.connect() as kept, process.connect() as half, process.connect() as whole:
        kept.sendall(post(close=False))
        assert kept.recv(10_000)
        half.sendall(BODY_BEGUN)
        whole.sendall(b"GET /hang HTTP/1.1\r\nHost: alerthub\r\n\r\n")
        process.process.terminate()
        while accepts(process):
            pass
        half.sendall(b"12345678")
        assert [told["bytes"] for told in answers(everything(half))] == [9]
        kept.sendall(b"GET /livez HTTP/1.1\r\nHost: alerthub\r\n\r\n")  # lets /hang go on
        assert [told["asked"] for told in answers(everything(kept))] == ["GET /livez"]
        assert [told["asked"] for told in answers(everything(whole))] == ["GET /hang"]
        assert process.process.wait(20) == 0


def test_who_has_not_finished_does_not_hold_up_the_end(tmp_path: Path) -> None:
    with serving(tmp_path) as process:
        begun = time.monotonic()
        slow = connections(process, BODY_BEGUN, 5) + connections(process, b"", 5)
        assert process.stop() == 0
        assert time.monotonic() - begun < 20
        assert [told["status"] for told in answers(everything(slow[0]))] == [503]
        for client in slow:
            client.close()


def test_a_body_that_finds_no_room_on_the_disk_is_to_be_sent_again(tmp_path: Path) -> None:
    with serving(tmp_path, limits=no_file_larger_than_half_a_megabyte) as process:
        assert [told["status"] for told in process.ask(post(b"x" * MOST))] == [503]
        assert [told["bytes"] for told in process.ask(post(b"hello"))] == [5]


def no_file_larger_than_half_a_megabyte() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (512 * 1024, 512 * 1024))


def test_tls_is_left_to_the_proxy() -> None:
    said: list[str] = []
    with pytest.raises(SystemExit):
        Worker.check_config(SimpleNamespace(is_ssl=True, proxy_protocol="off"), SimpleNamespace(error=said.append))
    assert "leave TLS" in said[0]
