"""Who is closed when there are too many, and that nobody is missed afterwards."""

from __future__ import annotations

import selectors
import socket
from collections.abc import Iterator

import pytest
from gunicorn.config import Config

from alerthub.serving.connection import Connection, Phase
from alerthub.serving.crowd import Crowd

pytestmark = pytest.mark.anywhere


@pytest.fixture
def crowd() -> Iterator[Crowd]:
    with selectors.DefaultSelector() as poller:
        crowd = Crowd(poller)
        yield crowd
        crowd.close_all()


def waiting(crowd: Crowd, phase: Phase = Phase.READING) -> Connection:
    ours, theirs = socket.socketpair()
    theirs.close()
    connection = Connection(Config(), ours, ("", 0), ("", 0))
    crowd.wait(connection, phase, 10, print)
    return connection


def test_the_oldest_goes_first(crowd: Crowd) -> None:
    oldest, newest = waiting(crowd), waiting(crowd)
    assert crowd.make_room()
    assert (oldest.socket.fileno(), newest.socket.fileno() > 0) == (-1, True)


def test_who_is_idle_goes_before_who_began(crowd: Crowd) -> None:
    began, idle = waiting(crowd), waiting(crowd, Phase.IDLE)
    assert crowd.make_room()
    assert (began.socket.fileno() > 0, idle.socket.fileno()) == (True, -1)


def test_one_that_was_closed_to_make_room_may_be_closed_again(crowd: Crowd) -> None:
    closed = waiting(crowd)
    waiting(crowd)
    crowd.make_room()
    crowd.close(closed)
    assert len(crowd) == 1
