"""The ids of AlertHub's messages look like Rocket.Chat's own and come once."""

from __future__ import annotations

import re

import pytest

from deliveries.rocketchat import message_ids

pytestmark = pytest.mark.anywhere


def test_an_id_is_as_long_as_rocketchats_and_of_letters_and_digits() -> None:
    assert re.fullmatch("[0-9a-f]{17}", message_ids.new())


def test_no_two_are_alike() -> None:
    assert len({message_ids.new() for _ in range(1000)}) == 1000
