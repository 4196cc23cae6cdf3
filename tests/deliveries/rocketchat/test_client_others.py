"""The clients that threads beside a client's own call with."""

from __future__ import annotations

import pytest

from deliveries.rocketchat.client import Client
from deliveries.wire.networks import AddressPolicy

pytestmark = pytest.mark.anywhere


def test_there_are_as_many_as_are_asked_for_and_none_of_them_is_the_client_itself() -> None:
    client = Client(user_agent="AlertHub/test")
    assert len({id(one) for one in [client, *client.others(3)]}) == 4


def test_they_are_kept() -> None:
    client = Client(user_agent="AlertHub/test")
    two = client.others(2)
    assert (client.others(3)[:2], client.others(1)) == (two, two[:1])


def test_they_go_where_the_client_may_go_and_say_the_same_name() -> None:
    policy = AddressPolicy(allow_loopback=True)
    [other] = Client(user_agent="AlertHub/test", policy=policy).others(1)
    assert (other._policy, other._headers["User-Agent"]) == (policy, "AlertHub/test")


def test_they_are_closed_with_it() -> None:
    client = Client(user_agent="AlertHub/test")
    [other] = client.others(1)
    other._lines[object()] = object()  # type: ignore[index, assignment]
    client.close()
    assert other._lines == {}
