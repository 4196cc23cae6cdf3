"""The embedded broker: hints appear whole, are taken once, and trouble with the folder never ends a worker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from kombu.connection import Connection
from kombu.exceptions import OperationalError

from alerthub.broker import connecting

pytestmark = pytest.mark.anywhere


def connect(folder: Path) -> Connection:
    settings = connecting.settings(connecting.EMBEDDED, folder)
    return Connection(settings["broker_read_url"], transport_options=settings["broker_transport_options"])


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    return tmp_path / "broker"


@pytest.fixture
def channel(tmp_path: Path) -> Iterator[Any]:
    with connect(tmp_path) as connection:
        yield connection.default_channel


def test_a_hint_is_taken_once(channel: Any) -> None:
    channel._put("alerthub", {"target": 7})
    assert channel._get("alerthub") == {"target": 7}
    with pytest.raises(Empty):
        channel._get("alerthub")


def test_the_oldest_hint_comes_first(channel: Any) -> None:
    for target in (3, 1, 2):
        channel._put("alerthub", target)
    assert [channel._get("alerthub") for _ in range(3)] == [3, 1, 2]


def test_another_process_finds_the_hint(tmp_path: Path, channel: Any) -> None:
    channel._put("alerthub", {"target": 7})
    with connect(tmp_path) as other:
        assert other.default_channel._get("alerthub") == {"target": 7}


def test_a_queue_holds_its_own_hints_only(channel: Any) -> None:
    channel._put("alerthub", 1)
    channel._put("other", 2)
    assert (channel._size("alerthub"), channel._get("other")) == (1, 2)


def test_a_hint_that_is_still_being_written_is_not_seen(channel: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    rename = Path.rename

    def rename_slowly(path: Path, to: Path) -> Path:
        seen.append(channel._size("alerthub"))
        return rename(path, to)

    monkeypatch.setattr(Path, "rename", rename_slowly)
    channel._put("alerthub", 1)
    assert (seen, channel._size("alerthub")) == ([0], 1)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff"], ids=["empty", "half", "not text"])
def test_what_cannot_be_read_is_skipped(channel: Any, spool: Path, content: bytes) -> None:
    (spool / "00000000000000000001-broken.alerthub").write_bytes(content)
    channel._put("alerthub", {"target": 7})
    assert channel._get("alerthub") == {"target": 7}


def test_purging_counts_what_it_removes(channel: Any) -> None:
    channel._put("alerthub", 1)
    assert (channel._purge("alerthub"), channel._size("alerthub")) == (1, 0)


def test_a_folder_that_is_gone_only_means_no_hints(channel: Any, spool: Path) -> None:
    spool.rmdir()
    spool.touch()
    with pytest.raises(Empty):
        channel._get("alerthub")


def test_a_folder_that_cannot_be_made_is_a_broker_that_cannot_be_reached(tmp_path: Path, spool: Path) -> None:
    spool.touch()
    with connect(tmp_path) as connection, pytest.raises(OperationalError):
        connection.ensure_connection(max_retries=1, interval_start=0, timeout=1)
