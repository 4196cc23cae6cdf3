"""How AlertHub and the process that renders speak: whole messages, and none without an end."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Iterator

import pytest

from deliveries.templating import frames

pytestmark = pytest.mark.anywhere

Channel = tuple[socket.socket, socket.socket]


@pytest.fixture
def channel() -> Iterator[Channel]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


@pytest.mark.parametrize("message", ["ready", {"texts": {"card": "ü 🔥"}}, ["half a character \ud800"], None])
def test_a_message_arrives_as_it_was_sent(channel: Channel, message: object) -> None:
    ours, theirs = channel
    frames.send(ours, message)
    assert frames.receive(theirs) == message


def test_messages_arrive_one_by_one(channel: Channel) -> None:
    ours, theirs = channel
    frames.send(ours, "first")
    frames.send(ours, "second")
    assert [frames.receive(theirs), frames.receive(theirs)] == ["first", "second"]


def test_nothing_of_a_message_that_is_too_large_is_sent(channel: Channel) -> None:
    ours, theirs = channel
    with pytest.raises(frames.TooLarge):
        frames.send(ours, "x" * frames.LARGEST)
    frames.send(ours, "small")
    assert frames.receive(theirs) == "small"


def test_what_says_it_is_too_large_is_no_message(channel: Channel) -> None:
    ours, theirs = channel
    ours.sendall(struct.pack(">I", frames.LARGEST + 1) + b"1")
    with pytest.raises(ValueError):
        frames.receive(theirs)


def test_half_a_message_of_who_is_gone_is_its_end(channel: Channel) -> None:
    ours, theirs = channel
    ours.sendall(struct.pack(">I", 9) + b'"half')
    ours.close()
    with pytest.raises(EOFError):
        frames.receive(theirs)


def test_who_reads_nothing_is_waited_for_until_then(channel: Channel) -> None:
    with pytest.raises(TimeoutError):
        frames.send(channel[0], "x" * 2_000_000, time.monotonic())


def test_who_says_nothing_is_waited_for_until_then(channel: Channel) -> None:
    with pytest.raises(TimeoutError):
        frames.receive(channel[1], time.monotonic())
